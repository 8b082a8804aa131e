import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { RotatorError } from '../core/errors.ts'
import { systemCode } from '../core/system-code.ts'
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
        throw new RotatorError(
          'unavailable',
          `the receipt ${path} cannot be written (${systemCode(error) ?? 'unknown reason'}): set receipts to a writable folder`,
          { cause: error },
        )
      }
    },
  }
}
