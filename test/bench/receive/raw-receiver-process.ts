/**
 * What Node.js itself can do: a TCP server that writes what comes into files, and syncs nothing or, with `synced`, file and
 * folder before it answers. Each instance is a length of 8 bytes and the bytes; the answer is one byte.
 * `node raw-receiver-process.ts PORT FOLDER [synced]`
 */
import { closeSync, fdatasync, fsync, openSync, writeSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

const [, , port = '0', folder = '.', synced] = process.argv
const LENGTH_BYTES = 8
let number = 0
const folderFile = openSync(folder, 'r')

/** @throws when the disk fails: then there is nothing to compare with */
function sync(file: number, done: () => void): void {
  if (!synced) {
    done()
    return
  }
  fdatasync(file, (failed) => {
    if (failed) throw failed
    fsync(folderFile, (failure) => {
      if (failure) throw failure
      done()
    })
  })
}

createServer({ noDelay: true }, (socket) => {
  let head = Buffer.alloc(0)
  let file = 0
  let left = 0
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk) => {
    for (let at = 0; at < chunk.length; ) {
      if (left === 0) {
        const end = Math.min(chunk.length, at + LENGTH_BYTES - head.length)
        head = Buffer.concat([head, chunk.subarray(at, end)])
        at = end
        if (head.length < LENGTH_BYTES) return
        left = Number(head.readBigUInt64BE())
        head = Buffer.alloc(0)
        file = openSync(join(folder, `${number++}.dcm`), 'w')
      }
      const end = Math.min(chunk.length, at + left)
      writeSync(file, chunk, at, end - at)
      left -= end - at
      at = end
      if (left > 0) continue
      const written = file
      sync(written, () => {
        closeSync(written)
        socket.write('\0')
      })
    }
  })
}).listen(Number(port), '127.0.0.1')
