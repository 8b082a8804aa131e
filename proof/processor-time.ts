import { readFileSync } from 'node:fs'

/** Ticks per second in `/proc`, on every Linux that Node runs on. */
const TICKS = 100

/** The processor time of this process and, on Linux, of its children that have ended, in seconds. */
export function processorSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6 + childrenSeconds()
}

function childrenSeconds(): number {
  try {
    // Fields 16 and 17 of proc(5); the name before them is in parentheses and may contain spaces.
    const fields = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return (Number(fields[13]) + Number(fields[14])) / TICKS
  } catch {
    return 0
  }
}
