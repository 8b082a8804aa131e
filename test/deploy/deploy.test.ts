import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
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

describe('deployment', { tags: 'slow' }, () => {
  let project: Project
  let env: NodeJS.ProcessEnv
  beforeEach(() => {
    project = new Project()
    project.write('package.json', JSON.stringify({ scripts: { build: 'node -e ""' } }))
    project.write(
      'recorder/package.json',
      JSON.stringify({ name: 'recorder', version: '0.0.0', main: 'index.js' }),
    )
    project.write('recorder/index.js', RECORDER)
    project.write('settings/.s/set-config.yml', 'analysis: disable\n')
    env = {
      FC_COMPONENT: join(project.root, 'recorder'),
      serverless_devs_config_home: join(project.root, 'settings'),
      RECEIVER_HOST: 'hooks.live.test',
      RECEIVER_TARGET: 'https://callbacks.live.test/snapshot',
    }
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

  it('npm run deploy -- rotator builds, checks and deploys only the rotator, whatever the receiver still lacks', async () => {
    const { code } = await project.run('deploy', ['rotator', '-y'], {
      ...env,
      RECEIVER_HOST: undefined,
      TIMERS: 'off',
    })
    expect(code).toBe(0)
    expect(asked()).toEqual([
      { command: 'deploy', args: ['-y'], resource: 'rotator', timers: [false, false] },
    ])
  })

  it('refuses example values', async () => {
    project.configure(CONFIG.replace('live.test', 'example.com'))
    const { code, stderr } = await project.run('deploy', [], { ...env, RECEIVER_HOST: undefined })
    expect(code).toBe(1)
    expect(stderr).toMatch(/^rotation\.yaml is still an example$/m)
    expect(stderr).toContain(
      'resources.receiver.props.environmentVariables.RECEIVER_HOST is still an example',
    )
    expect(stderr).toMatch(/Nothing was deployed\.\n$/)
    expect(asked()).toEqual([])
  })

  it('refuses what the check refuses', async () => {
    project.edit('Asia/Shanghai 0 5 4 1 * *', 'Asia/Shanghai 0 5 4 30 2 *')
    const { code, stderr } = await project.run('deploy', ['rotator'], env)
    expect(code).toBe(1)
    expect(stderr).toContain(
      'resources.rotator.props.triggers[0].triggerConfig.cronExpression never comes; allowed: six fields',
    )
    expect(asked()).toEqual([])
  })

  it('refuses a file in the upload that does not belong there', async () => {
    project.write('dist/functions/rotate/other.yaml', 'a: b\n')
    const { code, stderr } = await project.run('deploy', ['rotator'], env)
    expect(code).toBe(1)
    expect(stderr).toContain('resources.rotator.props.code also holds other.yaml; allowed: exactly')
    expect(stderr).toMatch(/Nothing was deployed\.\n$/)
    expect(asked()).toEqual([])
  })

  it('refuses a resource that s.yaml does not have, before it builds anything', async () => {
    project.write('package.json', JSON.stringify({ scripts: { build: 'node -e "process.exit(3)"' } }))
    const { code, stderr } = await project.run('deploy', ['rotaotr', '-y'], env)
    expect(code).toBe(2)
    expect(stderr).toBe('s.yaml has no resource "rotaotr"; it has rotator, receiver\nNothing was deployed.\n')
    expect(asked()).toEqual([])
  })

  it('stops when the build fails', async () => {
    project.write('package.json', JSON.stringify({ scripts: { build: 'node -e "process.exit(3)"' } }))
    const { code, stderr } = await project.run('deploy', ['-y'], env)
    expect(code).toBe(1)
    expect(stderr).toContain('npm run build failed; nothing was checked or deployed')
    expect(asked()).toEqual([])
  })

  it('npm run deploy:plan asks the cloud after the check', async () => {
    const { code } = await project.run('plan', [], env)
    expect(code).toBe(0)
    expect(asked()).toMatchObject([
      { command: 'plan', resource: 'rotator' },
      { command: 'plan', resource: 'receiver' },
    ])
  })
})
