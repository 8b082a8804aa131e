import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { deploy } from '../../deploy/commands/deploy.mjs'
import { CONFIG, Project } from './project.ts'

/** A component that deploys nothing and writes down what it was asked for. */
const RECORDER = `
const { appendFileSync } = require('node:fs')
module.exports = class {
  constructor() { this.commands = { deploy: {}, plan: {} } }
  note({ command, args, resource, props, cwd }) {
    const line = JSON.stringify({ command, args, resource: resource.name, timers: props.triggers.map((t) => t.triggerConfig.enable) })
    appendFileSync(cwd + '/asked.jsonl', line + '\\n')
  }
  async deploy(inputs) { this.note(inputs) }
  async plan(inputs) { this.note(inputs) }
}
`

describe('deployment', () => {
  let recorder: string
  let project: Project
  let env: NodeJS.ProcessEnv
  beforeAll(() => {
    recorder = mkdtempSync(join(tmpdir(), 'recorder-'))
    writeFileSync(
      join(recorder, 'package.json'),
      JSON.stringify({ name: 'recorder', version: '0.0.0', main: 'index.js' }),
    )
    writeFileSync(join(recorder, 'index.js'), RECORDER)
    mkdirSync(join(recorder, '.s'))
    writeFileSync(join(recorder, '.s', 'set-config.yml'), 'analysis: disable\n')
    // RECEIVER_HOST is not set, so only the rotator may be deployed.
    env = {
      FC_COMPONENT: recorder,
      serverless_devs_config_home: recorder,
      RECEIVER_TARGET: 'https://callbacks.live.test/snapshot',
    }
  })
  afterAll(() => {
    rmSync(recorder, { recursive: true, force: true })
  })
  beforeEach(() => {
    project = new Project()
  })
  afterEach(() => {
    project.remove()
  })

  const asked = (): unknown[] =>
    existsSync(join(project.root, 'asked.jsonl'))
      ? project
          .read('asked.jsonl')
          .trimEnd()
          .split('\n')
          .map((line): unknown => JSON.parse(line))
      : []

  it(
    'npm run deploy -- rotator builds, checks and deploys only the rotator, whatever the receiver still lacks',
    { tags: 'slow' },
    async () => {
      const { code } = await project.type('npm run deploy -- rotator -y', { ...env, TIMERS: 'off' })
      expect(code).toBe(0)
      expect(asked()).toEqual([
        { command: 'deploy', args: ['-y'], resource: 'rotator', timers: [false, false] },
      ])
    },
  )

  it('refuses example values', async () => {
    project.configure(CONFIG.replace('live.test', 'example.com'))
    const { code, stderr } = await project.run(deploy, [], env)
    expect(code).toBe(1)
    expect(stderr).toMatch(/^rotation\.yaml is still an example$/m)
    expect(stderr).toMatch(/^To write yours from your account: npx live-key-rotator init --force$/m)
    expect(stderr).toContain(
      'resources.receiver.props.environmentVariables.RECEIVER_HOST is still an example',
    )
    expect(stderr).toMatch(/Nothing was deployed\.\n$/)
    expect(asked()).toEqual([])
  })

  it('refuses what the check refuses', async () => {
    project.edit('Asia/Shanghai 0 5 4 1 * *', 'Asia/Shanghai 0 5 4 30 2 *')
    const { code, stderr } = await project.run(deploy, ['rotator'], env)
    expect(code).toBe(1)
    expect(stderr).toContain(
      'resources.rotator.props.triggers[0].triggerConfig.cronExpression never comes; allowed: six fields',
    )
    expect(asked()).toEqual([])
  })

  it('refuses a file in the upload that does not belong there', async () => {
    project.write('dist/functions/rotate/other.yaml', 'a: b\n')
    const { code, stderr } = await project.run(deploy, ['rotator'], env)
    expect(code).toBe(1)
    expect(stderr).toContain('resources.rotator.props.code also holds other.yaml; allowed: exactly')
    expect(stderr).toMatch(/Nothing was deployed\.\n$/)
    expect(asked()).toEqual([])
  })

  it('refuses a resource that s.yaml does not have, before it builds anything', async () => {
    project.buildBy('exit 3')
    const { code, stderr } = await project.run(deploy, ['rotaotr', '-y'], env)
    expect(code).toBe(2)
    expect(stderr).toBe('s.yaml has no resource "rotaotr"; it has rotator, receiver\nNothing was deployed.\n')
    expect(asked()).toEqual([])
  })

  it('stops when the build fails', async () => {
    project.buildBy('exit 3')
    const { code, stderr } = await project.run(deploy, ['rotator', '-y'], env)
    expect(code).toBe(1)
    expect(stderr).toContain('npm run build failed; nothing was checked or deployed')
    expect(asked()).toEqual([])
  })

  it('npm run deploy:plan asks the cloud after the check', { tags: 'slow' }, async () => {
    const { code } = await project.type('npm run deploy:plan', env)
    expect(code).toBe(0)
    expect(asked()).toMatchObject([
      { command: 'plan', resource: 'rotator' },
      { command: 'plan', resource: 'receiver' },
    ])
  })
})
