import { hostname } from 'node:os'
import type { Config } from '../config/schema.ts'
import { NODE_MANUFACTURER, NODE_VERSION } from '../dicom/implementation.ts'
import type { NodeIdentity } from '../report/result-input.ts'

/** What the results say of this node. */
export const nodeIdentity = ({ node }: Config): NodeIdentity => ({
  name: node.name,
  version: NODE_VERSION,
  manufacturer: NODE_MANUFACTURER,
  deviceSerialNumber:
    hostname()
      .replace(/[^\x20-\x5b\x5d-\x7e]/g, '')
      .slice(0, 64) || 'none',
  ...(node.stationName && { stationName: node.stationName }),
  ...(node.institutionName && { institutionName: node.institutionName }),
})
