import { spawn } from 'node:child_process'

/** The command that opens a URL, by platform. */
const OPENERS: Readonly<Record<string, readonly string[]>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
}

/** Opens a URL in the browser. Silent if there is none, as the URL was printed. */
export function openInBrowser(url: string, platform: string = process.platform): void {
  const [command = 'xdg-open', ...args] = OPENERS[platform] ?? ['xdg-open']
  const child = spawn(command, [...args, url], { stdio: 'ignore', detached: true })
  child.on('error', () => undefined)
  child.unref()
}
