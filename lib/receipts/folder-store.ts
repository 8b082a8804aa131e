import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { RotatorError } from '../core/errors.ts'
import type { ReceiptStore } from './receipt-store.ts'

/** A local folder, created at the first receipt. */
export function folderStore(folder: string): ReceiptStore {
  return {
    put: async (name, text) => {
      const path = join(folder, name)
      try {
        await mkdir(dirname(path), { recursive: true })
        await writeFile(path, text, { flag: 'wx' })
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
        throw new RotatorError(
          'unavailable',
          `the receipt ${path} cannot be written (${code}): set receipts to a writable folder`,
        )
      }
    },
  }
}
