'use strict'

const { readFileSync } = require('node:fs')
const { join } = require('node:path')

/**
 * Stands in for the component fc3 while s.yaml is checked without a network: `s verify` asks it for the schema, and it
 * answers with ours. It can do nothing else, so nothing is deployed through it by mistake.
 */
module.exports = class Stub {
  constructor() {
    this.commands = {}
  }

  getSchema() {
    return readFileSync(join(__dirname, '..', 'fc3.schema.json'), 'utf8')
  }
}
