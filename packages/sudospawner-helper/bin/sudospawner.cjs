#!/usr/bin/env node
require('../dist/sudospawner.cjs')
