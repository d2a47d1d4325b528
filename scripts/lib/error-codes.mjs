import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import ts from 'typescript'

/**
 * The codes of all errors that a user, an administrator or a program may be shown, as they stand in the sources.
 *
 * Read from the syntax alone: errors are the classes that descend from `CodedError`. Where a class, or a function such as
 * `badRequest`, takes its code as a parameter, the code is what its callers pass.
 *
 * @typedef {{ code: string, statuses: readonly number[], packages: readonly string[] }} ErrorCode
 * @typedef {{ value: ts.Expression } | { parameter: number, fallback: ts.Expression | undefined } | undefined} Slot
 *   where the code, or the status, of an error comes from
 * @typedef {{ code: Slot, status: Slot }} Maker - a class or function that makes errors
 * @typedef {{ declaration: ts.ClassDeclaration, parent: string }} ErrorClass
 * @typedef {(code: string, statuses: readonly number[]) => void} Found
 */

const ROOT_CLASS = 'CodedError'

/**
 * @param {string} root - of the checkout
 * @returns {{ codes: readonly ErrorCode[], unreadable: readonly string[] }} `unreadable`: places whose code is no literal
 */
export function findErrorCodes(root) {
  const sources = sourceFiles(root).map((path) =>
    ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true),
  )
  const makers = findMakers(sources)
  /** @type {Map<string, { statuses: Set<number>, packages: Set<string> }>} */
  const found = new Map()
  /** @type {string[]} */
  const unreadable = []
  for (const source of sources) {
    const path = relative(root, source.fileName)
    const folder = path.split('/')[1] ?? ''
    visit(source, (node) => {
      readNode(
        node,
        makers,
        (code, statuses) => {
          const entry = found.get(code) ?? { statuses: new Set(), packages: new Set() }
          for (const status of statuses) entry.statuses.add(status)
          entry.packages.add(folder)
          found.set(code, entry)
        },
        () => unreadable.push(`${path}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`),
      )
    })
  }
  const codes = [...found].map(([code, { statuses, packages }]) => ({
    code,
    statuses: [...statuses].sort((a, b) => a - b),
    packages: [...packages].sort(),
  }))
  return { codes: codes.sort((a, b) => (a.code < b.code ? -1 : 1)), unreadable }
}

/** @param {string} root */
function sourceFiles(root) {
  return (
    readdirSync(join(root, 'packages'))
      // The panel runs in browsers, and shows what the API says.
      .filter((name) => name !== 'testkit' && name !== 'admin-panel')
      .flatMap((name) => typescriptFiles(join(root, 'packages', name, 'src')))
  )
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function typescriptFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return typescriptFiles(path)
    return entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts') ? [path] : []
  })
}

/**
 * @param {readonly ts.SourceFile[]} sources
 * @returns {ReadonlyMap<string, Maker>} by name of the class or function
 */
function findMakers(sources) {
  /** @type {Map<string, ErrorClass>} */
  const classes = new Map()
  /** @type {Map<string, ts.FunctionDeclaration | ts.ArrowFunction>} */
  const functions = new Map()
  for (const source of sources) {
    visit(source, (node) => {
      if (ts.isClassDeclaration(node) && node.name) {
        const parent = node.heritageClauses?.find((clause) => clause.token === ts.SyntaxKind.ExtendsKeyword)?.types[0]
        if (parent) classes.set(node.name.text, { declaration: node, parent: parent.expression.getText() })
      }
    })
    for (const [name, declaration] of functionsOf(source)) functions.set(name, declaration)
  }
  /** @type {Map<string, Maker>} */
  const makers = new Map()
  for (const name of classes.keys()) {
    const maker = makerOfClass(name, classes)
    if (maker) makers.set(name, maker)
  }
  for (const [name, declaration] of functions) {
    const code = parameterSlot('code', declaration.parameters)
    const returned = declaration.type?.getText() ?? ''
    if (code && makers.has(returned)) makers.set(name, { code, status: statusInBody(declaration, makers) })
  }
  return makers
}

/**
 * The functions at the top level of a file: `function name() {}` and `const name = () => …`.
 *
 * @param {ts.SourceFile} source
 */
function functionsOf(source) {
  /** @type {Map<string, ts.FunctionDeclaration | ts.ArrowFunction>} */
  const functions = new Map()
  for (const statement of source.statements) {
    if (ts.isFunctionDeclaration(statement) && statement.name) functions.set(statement.name.text, statement)
    if (!ts.isVariableStatement(statement)) continue
    for (const { name, initializer } of statement.declarationList.declarations)
      if (initializer && ts.isArrowFunction(initializer)) functions.set(name.getText(), initializer)
  }
  return functions
}

/**
 * @param {string} name
 * @param {ReadonlyMap<string, ErrorClass>} classes
 * @returns {Maker | undefined} undefined for classes that are no errors of ours
 */
function makerOfClass(name, classes) {
  const found = classes.get(name)
  const constructor = found?.declaration.members.find(ts.isConstructorDeclaration)
  if (!found || (name !== ROOT_CLASS && !descends(name, classes))) return undefined
  if (name === ROOT_CLASS && constructor) {
    const { parameters } = constructor
    return { code: parameterSlot('code', parameters), status: parameterSlot('status', parameters) }
  }
  const parent = makerOfClass(found.parent, classes)
  if (!parent || !constructor) return parent
  const call = superCall(constructor)
  if (!call) return undefined
  const { parameters } = constructor
  return {
    code: through(parent.code, call.arguments, parameters),
    status: through(parent.status, call.arguments, parameters),
  }
}

/**
 * @param {string} name
 * @param {ReadonlyMap<string, ErrorClass>} classes
 * @returns {boolean}
 */
function descends(name, classes) {
  const parent = classes.get(name)?.parent
  return parent !== undefined && (parent === ROOT_CLASS || descends(parent, classes))
}

/**
 * What a slot of the parent class becomes in a class that calls it with these arguments.
 *
 * @param {Slot} slot
 * @param {ts.NodeArray<ts.Expression>} args
 * @param {ts.NodeArray<ts.ParameterDeclaration>} parameters - of the class's own constructor
 * @returns {Slot}
 */
function through(slot, args, parameters) {
  const value = valueOf(slot, args)
  if (!value) return undefined
  return ts.isIdentifier(value) ? parameterSlot(value.text, parameters) : { value }
}

/**
 * @param {string} name
 * @param {ts.NodeArray<ts.ParameterDeclaration>} parameters
 * @returns {Slot}
 */
function parameterSlot(name, parameters) {
  const parameter = parameters.findIndex((one) => one.name.getText() === name)
  return parameter < 0 ? undefined : { parameter, fallback: parameters[parameter]?.initializer }
}

/**
 * @param {Slot} slot
 * @param {ts.NodeArray<ts.Expression> | undefined} args
 * @returns {ts.Expression | undefined}
 */
function valueOf(slot, args) {
  if (!slot || 'value' in slot) return slot?.value
  return args?.[slot.parameter] ?? slot.fallback
}

/**
 * @param {ts.Node} body
 * @param {ReadonlyMap<string, Maker>} makers
 * @returns {Slot}
 */
function statusInBody(body, makers) {
  /** @type {Slot} */
  let status
  visit(body, (node) => {
    if (!ts.isNewExpression(node)) return
    const value = valueOf(makers.get(node.expression.getText())?.status, node.arguments)
    if (value) status = { value }
  })
  return status
}

/**
 * @param {ts.Node} node
 * @param {ReadonlyMap<string, Maker>} makers
 * @param {Found} found
 * @param {() => void} unreadable
 */
function readNode(node, makers, found, unreadable) {
  if (ts.isVariableDeclaration(node) && node.name.getText() === 'configErrorCodes') return configCodes(node, found)
  const maker = makerCalled(node, makers)
  if (!maker) return publicCodes(node, found)
  const { args, of } = maker
  const code = valueOf(of.code, args)
  if (code && ts.isIdentifier(code) && isParameter(code)) return // its callers say which
  if (code && ts.isPropertyAccessExpression(code) && code.name.text === 'code') return // another error, told again
  const codes = code ? textsIn(code) : []
  if (codes.length === 0) return unreadable()
  for (const one of codes) found(one, statusesOf(of.status, args))
}

/**
 * @param {ts.Node} node
 * @param {ReadonlyMap<string, Maker>} makers
 * @returns {{ of: Maker, args: ts.NodeArray<ts.Expression> | undefined } | undefined}
 */
function makerCalled(node, makers) {
  if (!ts.isNewExpression(node) && !ts.isCallExpression(node)) return undefined
  const name = node.expression.kind === ts.SyntaxKind.SuperKeyword ? parentClass(node) : node.expression.getText()
  const of = makers.get(name)
  return of && { of, args: node.arguments }
}

/** @param {ts.Node} node - inside of a class */
function parentClass(node) {
  const declaration = ts.findAncestor(node, ts.isClassDeclaration)
  return declaration?.heritageClauses?.[0]?.types[0]?.expression.getText() ?? ''
}

/**
 * The codes of a table of codes with their meaning.
 *
 * @param {ts.VariableDeclaration} node
 * @param {Found} found
 */
function configCodes(node, found) {
  visit(node, (child) => {
    if (ts.isPropertyAssignment(child)) found(child.name.getText(), [])
  })
}

/**
 * The codes that errors without one are told under: `{ status, code: … }`.
 *
 * @param {ts.Node} node
 * @param {Found} found
 */
function publicCodes(node, found) {
  if (!ts.isPropertyAssignment(node) || node.name.getText() !== 'code' || !ts.isConditionalExpression(node.initializer))
    return
  for (const code of textsIn(node.initializer)) found(code, [])
}

/**
 * The statuses that stand in the call; those that count when none does.
 *
 * @param {Slot} slot
 * @param {ts.NodeArray<ts.Expression> | undefined} args
 */
function statusesOf(slot, args) {
  const value = valueOf(slot, args)
  const statuses = value ? numbersIn(value) : []
  const fallback = slot && 'parameter' in slot ? slot.fallback : undefined
  return statuses.length === 0 && fallback ? numbersIn(fallback) : statuses
}

/** @param {ts.ConstructorDeclaration} constructor */
function superCall(constructor) {
  /** @type {ts.CallExpression | undefined} */
  let call
  visit(constructor, (node) => {
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.SuperKeyword) call = node
  })
  return call
}

/** @param {ts.Identifier} identifier */
function isParameter(identifier) {
  return ts.findAncestor(
    identifier,
    (node) => ts.isFunctionLike(node) && node.parameters.some((one) => one.name.getText() === identifier.text),
  )
}

/**
 * @param {ts.Expression} expression
 * @returns {string[]}
 */
function textsIn(expression) {
  /** @type {string[]} */
  const texts = []
  visit(expression, (node) => {
    if (ts.isStringLiteral(node) && /^[a-z][a-z0-9_]+$/.test(node.text) && !isCompared(node)) texts.push(node.text)
  })
  return texts
}

/** @param {ts.Node} node */
const isCompared = (node) => ts.isBinaryExpression(node.parent) && node.parent.operatorToken.getText().startsWith('==')

/**
 * @param {ts.Expression} expression
 * @returns {number[]}
 */
function numbersIn(expression) {
  /** @type {number[]} */
  const numbers = []
  visit(expression, (node) => {
    if (ts.isNumericLiteral(node) && /^[45]\d\d$/.test(node.text)) numbers.push(Number(node.text))
  })
  return numbers
}

/**
 * @param {ts.Node} node
 * @param {(node: ts.Node) => void} look
 */
function visit(node, look) {
  look(node)
  node.forEachChild((child) => visit(child, look))
}
