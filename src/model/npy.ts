/** NumPy's format, version 1.0, of a rows × columns array of float32 (numpy.lib.format): readable by everyone. */
export function encodeNpy(rows: number, columns: number, values: Float32Array): Uint8Array {
  if (values.length !== rows * columns) throw new RangeError('a map has a value for each of its cells')
  const description = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`
  // Magic and length take 10 bytes; what follows them ends on a multiple of 64, with a line feed.
  const header = `${description.padEnd(Math.ceil((10 + description.length + 1) / 64) * 64 - 11)}\n`
  const bytes = Buffer.alloc(10 + header.length + 4 * values.length)
  bytes.write('\x93NUMPY\x01\x00', 'latin1')
  bytes.writeUInt16LE(header.length, 8)
  bytes.write(header, 10, 'latin1')
  values.forEach((value, i) => {
    bytes.writeFloatLE(value, 10 + header.length + 4 * i)
  })
  return bytes
}
