import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export const CONFIG =
  'region: cn-shanghai\ngroups: [{ name: default, secret: live/callback, domains: [live1.live.test] }]\n'

/** A folder with this project's s.yaml and with bundles that only look like some. */
export class Project {
  readonly root = mkdtempSync(join(tmpdir(), 'deploy-'))
  readonly home = mkdtempSync(join(tmpdir(), 'deploy-home-'))

  constructor() {
    cpSync(join(ROOT, 's.yaml'), join(this.root, 's.yaml'))
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

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8')
  }

  /** Replaces text in s.yaml that must be there. */
  edit(from: string, to: string): void {
    const text = this.read('s.yaml')
    if (!text.includes(from)) throw new TypeError(`s.yaml does not hold ${from}`)
    this.write('s.yaml', text.replace(from, to))
  }

  /** Runs one of the scripts in this folder, with a home that nothing has been written to. */
  run(script: 'plan' | 'deploy', args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
    const child = spawn(process.execPath, [join(ROOT, 'deploy', `${script}.mjs`), ...args], {
      cwd: this.root,
      env: { ...process.env, HOME: this.home, USERPROFILE: this.home, ...env },
    })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    return new Promise((resolve, reject) => {
      child.on('error', reject).on('close', (code) => {
        resolve({ code, stdout, stderr })
      })
    })
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true })
    rmSync(this.home, { recursive: true, force: true })
  }
}
