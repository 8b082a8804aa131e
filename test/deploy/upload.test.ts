import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Props } from '../../deploy/rules.mjs'
import { checkUpload } from '../../deploy/upload.mjs'
import { sentence } from '../../deploy/violations.mjs'
import { CONFIG, Project } from './project.ts'

const common = {
  region: 'cn-shanghai',
  functionName: 'some',
  runtime: 'nodejs20',
  handler: 'index.handler',
  cpu: 0.25,
  memorySize: 256,
  timeout: 600,
  concurrencyConfig: { reservedConcurrency: 1 },
  asyncInvokeConfig: { maxAsyncEventAgeInSeconds: 3600 },
}
const rotator: Props = {
  ...common,
  code: './dist/functions/rotate',
  triggers: [{ triggerName: 'tick', triggerType: 'timer', triggerConfig: {} }],
}
const receiver: Props = {
  ...common,
  code: './dist/functions/receive',
  triggers: [{ triggerName: 'url', triggerType: 'http', triggerConfig: {} }],
}

describe('checkUpload', () => {
  let project: Project
  beforeEach(() => {
    project = new Project()
  })
  afterEach(() => {
    project.remove()
  })

  const problems = () => checkUpload(project.root, 'rotator', rotator).violations.map(sentence)

  it('accepts the bundle and rotation.yaml, and reports their size', () => {
    expect(checkUpload(project.root, 'rotator', rotator)).toEqual({
      files: [
        { name: 'bundle.js', bytes: 0 },
        { name: 'index.js', bytes: 35 },
        { name: 'rotation.yaml', bytes: CONFIG.length },
      ],
      violations: [],
    })
    expect(checkUpload(project.root, 'receiver', receiver).violations).toEqual([])
  })

  it('refuses any other file', () => {
    project.write('dist/functions/rotate/package.json', '{}')
    expect(problems()).toEqual([
      'resources.rotator.props.code also holds package.json; allowed: exactly index.js, bundle.js, rotation.yaml: npm run build',
    ])
  })

  it('refuses a folder without the configuration', () => {
    rmSync(join(project.root, 'dist/functions/rotate/rotation.yaml'))
    expect(problems()).toEqual([
      'resources.rotator.props.code lacks rotation.yaml; allowed: exactly index.js, bundle.js, rotation.yaml: npm run build',
    ])
  })

  it('requires the lists of domains that the configuration names', () => {
    project.configure('groups: [{ name: default, domainsFile: ./domains.txt }]\n')
    expect(problems()).toEqual([
      'resources.rotator.props.code lacks domains.txt; allowed: exactly index.js, bundle.js, rotation.yaml, domains.txt: npm run build',
    ])
    project.write('domains.txt', 'live1.example.com\n')
    project.write('dist/functions/rotate/domains.txt', 'live1.example.com\n')
    expect(problems()).toEqual([])
  })

  it('finds a list of domains in a subfolder', () => {
    project.configure('groups: [{ name: default, domainsFile: lists/live.txt }]\n')
    project.write('lists/live.txt', 'live1.example.com\n')
    project.write('dist/functions/rotate/lists/live.txt', 'live1.example.com\n')
    expect(problems()).toEqual([])
  })

  it('refuses a copy of the configuration that differs from the one beside s.yaml', () => {
    project.configure('groups: [{ name: default, domainsFile: ./domains.txt }]\n')
    project.write('domains.txt', 'live1.example.com\nlive2.example.com\n')
    project.write('dist/functions/rotate/domains.txt', 'live1.example.com\n')
    const old = (file: string) =>
      `resources.rotator.props.code holds an older ${file} than the one beside s.yaml; allowed: npm run build`
    expect(problems()).toEqual([old('domains.txt')])
    project.write(
      'rotation.yaml',
      '# edited since\ngroups: [{ name: default, domainsFile: ./domains.txt }]\n',
    )
    expect(problems()).toEqual([old('rotation.yaml'), old('domains.txt')])
  })

  it('says how to create a missing folder', () => {
    rmSync(join(project.root, 'dist'), { recursive: true })
    expect(problems()).toEqual([
      'resources.rotator.props.code does not exist; allowed: a built folder: npm run build',
    ])
  })
})
