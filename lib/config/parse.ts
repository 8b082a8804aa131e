import { readFileSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import * as v from 'valibot'
import { LineCounter, parseDocument, type Document } from 'yaml'
import { RotatorError } from '../core/errors.ts'
import { parseDomainsFile } from './domains-file.ts'
import { fileProblem } from './file-problem.ts'
import { fieldName, lineOf, problemsOf, type FieldPath } from './problems.ts'
import { checkRules, type DomainSource, type GroupWithSources, type RuleProblem } from './rules.ts'
import { ENDPOINT, isEndpoint } from './fields.ts'
import { fileSchema, type ConfigFile, type GroupFile } from './schema.ts'
import type { GroupConfig, RotationConfig } from './types.ts'
import { contentOf, EMPTY_FILE, syntaxProblem } from './yaml-text.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export interface ParseOptions {
  /** The file's path, for errors and as the base of relative paths in it. Default `rotation.yaml`. */
  readonly file?: string
  /** The environment; its `ROTATOR_*_ENDPOINT` override the file. Default: none. */
  readonly env?: Environment
  /** Reads a `domainsFile`. Default: from the file system. */
  readonly readFile?: (path: string) => string
}

/**
 * Parses the text of `rotation.yaml` into a valid configuration. Does no I/O except to read a group's `domainsFile`.
 *
 * @throws RotatorError `config` that lists every problem, each with its line, field and allowed range.
 *
 * @example
 * ```ts
 * const config = parseConfig('region: cn-shanghai\ngroups: [{ name: a, secret: live/a, domains: [a.example.com] }]')
 * config.groups[0]?.ttlMs // 60_000
 * ```
 */
export function parseConfig(text: string, options: ParseOptions = {}): RotationConfig {
  return new Parser(options).parse(text)
}

class Parser {
  readonly #file: string
  readonly #env: Environment
  readonly #readFile: (path: string) => string
  readonly #lines = new LineCounter()
  readonly #problems = new Map<string, number>()

  constructor({
    file = 'rotation.yaml',
    env = {},
    readFile = (path) => readFileSync(path, 'utf8'),
  }: ParseOptions) {
    this.#file = file
    this.#env = env
    this.#readFile = readFile
  }

  parse(text: string): RotationConfig {
    const document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false })
    for (const error of document.errors)
      this.#refuseLine(this.#lines.linePos(error.pos[0]).line, syntaxProblem(error))
    this.#throwProblems()

    const content = contentOf(document)
    if (content === null) this.#refuse(`${this.#file}: ${EMPTY_FILE}`)
    this.#throwProblems()

    const read = v.safeParse(fileSchema, content)
    this.#refuseFields(problemsOf(read.issues ?? []), document)
    const endpoints = this.#endpoints()
    if (!read.success) return this.#fail()

    const file = read.output
    const groups = file.groups.map((written, index) => this.#group(written, index, file, document))
    this.#refuseFields(checkRules(groups), document)
    this.#throwProblems()
    return this.#config(file, groups, endpoints)
  }

  #config(file: ConfigFile, groups: readonly GroupWithSources[], env: Endpoints): RotationConfig {
    const { region, throttle, kms, notify, receipts } = file
    const { live, kms: kmsServer, fc } = { ...file.endpoints, ...env }
    return {
      region,
      throttle,
      kms,
      notify,
      groups: groups.map(({ group }) => group),
      endpoints: {
        live: originOf(live ?? 'https://live.aliyuncs.com'),
        kms: originOf(kmsServer ?? `https://kms.${region}.aliyuncs.com`),
        fc: fc === undefined ? null : originOf(fc),
      },
      receipts:
        receipts === undefined || receipts.startsWith('oss://') ? (receipts ?? null) : this.#beside(receipts),
    }
  }

  #group(written: GroupFile, index: number, file: ConfigFile, document: Document): GroupWithSources {
    const path = ['groups', index]
    const sources: DomainSource[] = written.domains.map((domain, i) => ({
      domain,
      path: [...path, 'domains', i],
    }))
    const listed = this.#domainsFile(written.domainsFile, [...path, 'domainsFile'], document)
    sources.push(...listed.sources)
    return { written, sources, complete: listed.complete, group: groupConfig(written, sources, file) }
  }

  #domainsFile(
    name: string | undefined,
    path: FieldPath,
    document: Document,
  ): Pick<GroupWithSources, 'sources' | 'complete'> {
    if (name === undefined) return { sources: [], complete: true }
    const file = this.#beside(name)
    let text: string
    try {
      text = this.#readFile(file)
    } catch (error) {
      const message = `names ${file}, which cannot be read (${fileProblem(error)}): write a domain on each of its lines, or correct the path, which starts where ${this.#file} is`
      this.#refuseFields([{ path, message }], document)
      return { sources: [], complete: false }
    }
    const { domains, problems } = parseDomainsFile(text)
    for (const { line, message } of problems) this.#refuse(`${file}:${line}: ${message}`)
    if (domains.length === 0 && problems.length === 0) {
      const message = `names ${file}, which lists no domain: write one on each of its lines, or leave domainsFile out`
      this.#refuseFields([{ path, message }], document)
      return { sources: [], complete: false }
    }
    const sources = domains.map(({ name: domain, line }) => ({ domain, path, at: `${file}:${line}` }))
    return { sources, complete: problems.length === 0 }
  }

  /** Those of STS and OSS are only checked here and read where they are needed. */
  #endpoints(): Endpoints {
    const found: Endpoints = {}
    for (const server of ['live', 'kms', 'fc', 'sts', 'oss'] as const) {
      const name = `ROTATOR_${server.toUpperCase()}_ENDPOINT`
      const value = this.#env[name]
      if (value === undefined || value === '') continue
      if (!URL.canParse(value) || !isEndpoint(new URL(value))) this.#refuse(`${name} must be ${ENDPOINT}`)
      if (server !== 'sts' && server !== 'oss') found[server] = value
    }
    return found
  }

  /** Paths in the file are relative to it. */
  #beside(path: string): string {
    return isAbsolute(path) ? path : join(dirname(this.#file), path)
  }

  #refuseFields(problems: readonly RuleProblem[], document: Document): void {
    for (const { path, message, at } of problems) {
      if (at === undefined)
        this.#refuseLine(lineOf(path, document, this.#lines), `${fieldName(path) || 'the file'} ${message}`)
      else this.#refuse(`${at}: ${message}`)
    }
  }

  #refuseLine(line: number, problem: string): void {
    this.#refuse(`${this.#file}:${line}: ${problem}`, line)
  }

  #refuse(problem: string, line = Infinity): void {
    this.#problems.set(problem, line)
  }

  #throwProblems(): void {
    if (this.#problems.size > 0) this.#fail()
  }

  #fail(): never {
    const sorted = [...this.#problems].sort(([, a], [, b]) => (a === b ? 0 : a - b))
    throw new RotatorError('config', sorted.map(([problem]) => problem).join('\n'))
  }
}

type Endpoints = { [K in keyof ConfigFile['endpoints']]: string }

function groupConfig(group: GroupFile, sources: readonly DomainSource[], file: ConfigFile): GroupConfig {
  const { name, secret, probes, apply, adopt, authSource } = group
  const propagation = { ...file.propagation, ...group.propagation }
  const overlap = { ...file.overlap, ...group.overlap }
  return {
    name,
    secret,
    domains: sources.map(({ domain }) => domain),
    discover: group.discover ?? null,
    probes: probes.map(urlOf),
    instances: instancesOf(probes, propagation.instances),
    apply,
    adopt,
    authSource,
    roleArn: group.roleArn ?? null,
    ttlMs: group.ttl ?? file.ttl,
    rotation: { minAgeMs: group.rotation.minAge ?? file.rotation.minAge },
    propagation: {
      marginMs: propagation.margin,
      maxMs: propagation.max,
      probesCoverAllInstances: propagation.probesCoverAllInstances,
    },
    overlap: { minMs: overlap.min, maxMs: overlap.max, clockSkewMs: overlap.clockSkew },
  }
}

type WrittenProbe = GroupFile['probes'][number]

function urlOf(probe: WrittenProbe): string {
  return typeof probe === 'string' ? probe : probe.url
}

function instancesOf(
  probes: readonly WrittenProbe[],
  ofEach: number | null,
): ReadonlyMap<string, number> | null {
  if (ofEach === null) return null
  return new Map(
    probes.map((probe) => [
      urlOf(probe),
      (typeof probe === 'string' ? undefined : probe.instances) ?? ofEach,
    ]),
  )
}

function originOf(endpoint: string): string {
  return new URL(endpoint).origin
}
