import { spawn } from 'node:child_process'
import {
  closeSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { runCommand, type Command } from '../../deploy/command.mjs'
import type { Output } from '../../deploy/io.mjs'
import { sharedPreview } from './shared-preview.ts'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export const CONFIG =
  'region: cn-shanghai\ngroups: [{ name: default, secret: live/callback, domains: [live1.live.test] }]\n'

/** Behind a proxy, there would be a network. */
const NO_PROXY = Object.fromEntries(
  ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'].map((name) => [
    name,
    '',
  ]),
)

/** A folder with this project's s.yaml and scripts, and with bundles that only look like some. */
export class Project {
  readonly #folder = mkdtempSync(join(tmpdir(), 'deploy-'))
  readonly root = join(this.#folder, 'root')
  /** A home that nothing has been written to. */
  readonly home = join(this.#folder, 'home')

  constructor() {
    mkdirSync(this.root)
    mkdirSync(this.home)
    cpSync(join(ROOT, 's.yaml'), join(this.root, 's.yaml'))
    symlinkSync(join(ROOT, 'deploy'), join(this.root, 'deploy'), 'junction')
    this.buildBy('exit 0')
    this.write('dist/functions/rotate/index.js', 'exports.handler = async () => null\n')
    this.write('dist/functions/rotate/bundle.js', '')
    this.configure(CONFIG)
    this.write('dist/functions/receive/index.js', 'exports.handler = async () => null\n')
    this.write('dist/functions/receive/bundle.js', '')
  }

  write(path: string, text: string): void {
    const file = join(this.root, path)
    mkdirSync(join(file, '..'), { recursive: true })
    writeFileSync(file, text)
  }

  /** Writes rotation.yaml and the copy of it that a build makes. */
  configure(text: string): void {
    this.write('rotation.yaml', text)
    this.write('dist/functions/rotate/rotation.yaml', text)
  }

  /** Writes a package.json that has the scripts of this project, and another build. */
  buildBy(build: string): void {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object }
    this.write('package.json', JSON.stringify({ scripts: { ...scripts, build } }))
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8')
  }

  /** Replaces text in s.yaml that must be there. */
  edit(from: string, to: string): void {
    const text = this.read('s.yaml')
    if (!text.includes(from)) throw new TypeError(`s.yaml does not hold ${from}`)
    this.write('s.yaml', text.replace(from, to))
  }

  /** Runs a command in this process, without a network. Child processes are real; equal previews are shared. */
  async run(command: Command, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
    const [stdout, stderr] = [this.#output('stdout'), this.#output('stderr')]
    const code = await runCommand(command, [...args], {
      root: this.root,
      env: this.#environment({ ...NO_PROXY, ...env }),
      stdout,
      stderr,
      preview: sharedPreview,
      lookup: (hostname) => Promise.reject(new Error(`getaddrinfo ENOTFOUND ${hostname}`)),
    })
    return { code, stdout: stdout.close(), stderr: stderr.close() }
  }

  /** Runs a line as a user types it in this folder. */
  async type(line: string, env: NodeJS.ProcessEnv = {}): Promise<Ran> {
    const child = spawn(line, { shell: true, cwd: this.root, env: this.#environment(env) })
    const ended = new Promise<number | null>((resolve, reject) => {
      child.on('error', reject).on('close', resolve)
    })
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
    return { code, stdout, stderr }
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #environment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    return { ...process.env, HOME: this.home, USERPROFILE: this.home, ...env }
  }

  /** A file, as child processes write to it, too. */
  #output(name: string): Output & { close: () => string } {
    const file = join(this.#folder, name)
    const fd = openSync(file, 'a')
    const close = () => {
      closeSync(fd)
      return readFileSync(file, 'utf8')
    }
    return { fd, write: (text) => writeSync(fd, text), close }
  }
}
