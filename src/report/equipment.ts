import type { DataSet } from '../dicom/data-set.ts'
import { NODE_MODEL_NAME } from '../dicom/implementation.ts'
import type { ModelIdentity } from '../study/finding.ts'
import { Concept } from './concepts.ts'
import { codeItem } from './content-item.ts'
import type { LocalTime } from './local-time.ts'
import type { NodeIdentity } from './result-input.ts'
import { cautions } from './wording.ts'

/** General Equipment, PS3.3 C.7.5.1: this node, with its version and the model's where one was at work. */
export const generalEquipment = (node: NodeIdentity, model?: ModelIdentity): DataSet => ({
  Manufacturer: node.manufacturer,
  // Constant: by it the node knows its own results when they come back.
  ManufacturerModelName: NODE_MODEL_NAME,
  DeviceSerialNumber: node.deviceSerialNumber,
  SoftwareVersions: model ? [node.version, model.version] : [node.version],
  ...(node.stationName && { StationName: node.stationName }),
  ...(node.institutionName && { InstitutionName: node.institutionName }),
})

/** The algorithm as IHE AI Results 6.5.3.1 wants it named; equal to the SR's device observer. */
export const contributingEquipment = (model: ModelIdentity, time: LocalTime): DataSet => ({
  ContributingEquipmentSequence: [
    {
      PurposeOfReferenceCodeSequence: [codeItem(Concept.ProcessingEquipment)],
      Manufacturer: model.manufacturer,
      ManufacturerModelName: model.name,
      SoftwareVersions: model.version,
      DeviceUID: model.deviceUid,
      ContributionDateTime: time.dateTime,
      ContributionDescription: [...cautions(model), model.intendedUse].join('. '),
    },
  ],
})
