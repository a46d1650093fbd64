/** As the node's child processes have it: see NO_TELEMETRY in src/inference/child.ts. */
process.env.ORT_DISABLE_TELEMETRY = '1'

export const { InferenceSession, Tensor } = await import('onnxruntime-node')
