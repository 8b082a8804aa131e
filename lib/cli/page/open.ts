import { spawn } from 'node:child_process'

/** What opens an address on each kind of machine. */
const OPENERS: Readonly<Record<string, readonly string[]>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
}

/** Opens an address in the browser, where there is one; says nothing where there is none, for the address was printed. */
export function openInBrowser(url: string, platform: string = process.platform): void {
  const [command = 'xdg-open', ...args] = OPENERS[platform] ?? ['xdg-open']
  const child = spawn(command, [...args, url], { stdio: 'ignore', detached: true })
  child.on('error', () => undefined)
  child.unref()
}
