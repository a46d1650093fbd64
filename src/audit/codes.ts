/** A coded value as audit messages write it, PS3.15 A.5.1. */
export type Code = { readonly code: string; readonly system: string; readonly meaning: string }

const dcm = (code: string, meaning: string): Code => ({ code, system: 'DCM', meaning })
const rfc3881 = (code: string, meaning: string): Code => ({ code, system: 'RFC-3881', meaning })

/** Audit Event ID, PS3.16 CID 400. */
export const EventId = {
  ApplicationActivity: dcm('110100', 'Application Activity'),
  AuditLogUsed: dcm('110101', 'Audit Log Used'),
  BeginTransferringInstances: dcm('110102', 'Begin Transferring DICOM Instances'),
  InstancesAccessed: dcm('110103', 'DICOM Instances Accessed'),
  InstancesTransferred: dcm('110104', 'DICOM Instances Transferred'),
  StudyDeleted: dcm('110105', 'DICOM Study Deleted'),
  SecurityAlert: dcm('110113', 'Security Alert'),
  UserAuthentication: dcm('110114', 'User Authentication'),
}

/** Audit Event Type Code, PS3.16 CID 401 and 403. */
export const EventType = {
  ApplicationStart: dcm('110120', 'Application Start'),
  ApplicationStop: dcm('110121', 'Application Stop'),
  Login: dcm('110122', 'Login'),
  Logout: dcm('110123', 'Logout'),
  NodeAuthentication: dcm('110126', 'Node Authentication'),
  SecurityConfiguration: dcm('110129', 'Security Configuration'),
  SoftwareConfiguration: dcm('110131', 'Software Configuration'),
  UseOfRestrictedFunction: dcm('110132', 'Use of Restricted Function'),
  AuditRecordingStopped: dcm('110133', 'Audit Recording Stopped'),
}

/** Audit Active Participant Role ID Code, PS3.16 CID 402. */
export const Role = {
  Application: dcm('110150', 'Application'),
  ApplicationLauncher: dcm('110151', 'Application Launcher'),
  Destination: dcm('110152', 'Destination Role ID'),
  Source: dcm('110153', 'Source Role ID'),
}

/** Participant Object ID Type Code, PS3.16 CID 404 and RFC 3881. */
export const IdType = {
  StudyInstanceUid: dcm('110180', 'Study Instance UID'),
  NodeId: dcm('110182', 'Node ID'),
  PatientNumber: rfc3881('2', 'Patient Number'),
  Uri: rfc3881('12', 'URI'),
}

/** Audit Source Type Code 4: application server, PS3.15 A.5.1.2.1. */
export const APPLICATION_SERVER = '4'
