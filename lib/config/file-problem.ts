import { systemCode } from '../core/system-code.ts'

const PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'no permission',
}

/** Why a file cannot be read, as text. */
export function fileProblem(cause: unknown): string {
  const code = systemCode(cause) ?? 'unknown reason'
  return PROBLEMS[code] ?? code
}
