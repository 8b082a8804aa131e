import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { checkShape } from '../../deploy/file-shape.mjs'
import { sentence } from '../../deploy/violations.mjs'
import { ROOT } from './project.ts'

interface File {
  edition?: string
  resources?: Record<string, Record<string, unknown>>
  [key: string]: unknown
}

function problemsAfter(change: (file: File) => void): string[] {
  const file = parse(readFileSync(join(ROOT, 's.yaml'), 'utf8')) as File
  change(file)
  return checkShape(file).map(sentence)
}

describe('checkShape', () => {
  it('accepts s.yaml', () => {
    expect(problemsAfter(() => {})).toEqual([])
  })

  it('refuses a misspelt key at the top or in a resource', () => {
    expect(problemsAfter((file) => (file['resource'] = {}))).toEqual([
      'resource is not known; allowed: edition, name, access, vars, actions, resources',
    ])
    expect(
      problemsAfter((file) => (file.resources = { rotator: { ...file.resources?.['rotator'], prop: {} } })),
    ).toEqual(['resources.rotator.prop is not known; allowed: component, access, actions, props'])
  })

  it('refuses a file without its edition, which s would pass over in silence', () => {
    expect(problemsAfter((file) => delete file.edition)).toEqual(['edition is not 3.0.0; allowed: 3.0.0'])
    expect(checkShape(null).map(sentence)).toContain('resources is empty; allowed: functions')
  })

  it.each(['fc3', 'fc3@0.1.22', "${env('FC_COMPONENT', 'fc3')}", undefined])(
    'refuses the component %s, which is not pinned or cannot be exchanged',
    (component) => {
      expect(
        problemsAfter(
          (file) => (file.resources = { rotator: { ...file.resources?.['rotator'], component } }),
        ),
      ).toEqual([
        "resources.rotator.component is not pinned; allowed: ${env('FC_COMPONENT', 'fc3@<version>')}",
      ])
    },
  )
})
