/** How the node names itself: file meta information, associations, and General Equipment of what it makes. */
export const NODE_VERSION = '0.1.0'
export const NODE_MANUFACTURER = 'MCADS'
export const NODE_MODEL_NAME = 'mcads-node'

/** PS3.7 Annex D.3.3.2: a UUID in decimal, made once; it stays while the node's DICOM behaviour is the same product's. */
export const IMPLEMENTATION_CLASS_UID = '2.25.94067961944342788543288712663646381852'
/** SH, 1 to 16 characters. */
export const IMPLEMENTATION_VERSION_NAME = 'MCADS_NODE_1'
