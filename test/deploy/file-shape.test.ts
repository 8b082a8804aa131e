import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { checkShape } from '../../deploy/file-shape.mjs'
import { sentence } from '../../deploy/violations.mjs'
import { ROOT } from './project.ts'

type Json = Record<string, unknown>
interface File extends Json {
  resources?: Record<string, Json>
}

const RESOURCES = {
  rotator: { component: 'fc3@0.1.22', props: {} },
  domain: { component: 'fc3-domain@0.0.31', props: {} },
}

function problemsAfter(change: (file: File) => void, resources = RESOURCES): string[] {
  const file = parse(readFileSync(join(ROOT, 's.yaml'), 'utf8')) as File
  change(file)
  return checkShape({ file, resources }).map(sentence)
}

describe('checkShape', () => {
  it('accepts s.yaml', () => {
    expect(problemsAfter(() => {})).toEqual([])
  })

  it('refuses a misspelt key at the top or in a resource', () => {
    expect(problemsAfter((file) => (file['resource'] = {}))).toEqual([
      'resource is not known; allowed: edition, name, access, vars, extend, template, flow, actions, resources',
    ])
    expect(
      problemsAfter((file) => (file.resources = { rotator: { ...file.resources?.['rotator'], prop: {} } })),
    ).toEqual(['resources.rotator.prop is not known; allowed: component, access, extend, actions, props'])
  })

  it('accepts everything that Serverless Devs documents', () => {
    const documented = { extend: 'base.yaml', template: {}, flow: {}, actions: {}, access: '${aliyun-cli}' }
    expect(problemsAfter((file) => Object.assign(file, documented))).toEqual([])
  })

  it('refuses a file without its edition, which s would ignore silently', () => {
    expect(problemsAfter((file) => delete file['edition'])).toEqual(['edition is not 3.0.0; allowed: 3.0.0'])
    expect(checkShape({ file: null, resources: {} }).map(sentence)).toContain(
      'resources is empty; allowed: functions',
    )
  })

  it('takes the edition from the extended file', () => {
    const file = { extend: 'base.yaml', resources: {} }
    expect(checkShape({ file, resources: RESOURCES })).toEqual([])
  })

  it.each([
    ['fc3', 'is not pinned'],
    ['fc3@latest', 'is not pinned'],
    ['fc3-domain', 'is not pinned'],
    ['fc', 'is neither fc3 nor fc3-domain'],
    ['fc3x@0.1.22', 'is neither fc3 nor fc3-domain'],
  ])('refuses the component %s, which %s', (component, problem) => {
    expect(problemsAfter(() => {}, { ...RESOURCES, rotator: { component, props: {} } })).toEqual([
      `resources.rotator.component ${problem}; allowed: fc3@<version> or fc3-domain@<version>, for example fc3@0.1.22`,
    ])
  })

  it.each(['fc3@0.1.22', 'fc3-domain@0.0.31', './component', '/opt/component'])(
    'accepts the component %s',
    (component) => {
      expect(problemsAfter(() => {}, { ...RESOURCES, rotator: { component, props: {} } })).toEqual([])
    },
  )
})
