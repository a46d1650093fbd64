import type { Radiograph } from '../../src/dicom/radiograph.ts'
import type { ModelInput } from '../../src/model/manifest-schema.ts'
import { prepareTensor } from '../../src/model/prepare-tensor.ts'

/** The input of TorchXRayVision's models. */
export const xrvInput = (size: number): ModelInput => ({
  ...{ name: 'input', layout: 'NCHW', channels: 1, size, fit: 'crop', resampling: 'gaussian', profile: 'xrv' },
})

export const xrvTensor = (radiograph: Radiograph, size: number) => prepareTensor(radiograph, xrvInput(size))
