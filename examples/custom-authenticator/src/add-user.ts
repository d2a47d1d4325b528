// Prints the line of a user for the password file: npx tsx src/add-user.ts ada >> users.txt
// The password comes from standard input, so that it stands in no list of processes and no history.
import { createInterface } from 'node:readline/promises'
import { passwordLine } from './password-file.js'

const terminal = createInterface({ input: process.stdin, output: process.stderr })
const password = await terminal.question('Password: ')
terminal.close()
process.stdout.write(`${await passwordLine(process.argv[2] ?? '', password)}\n`)
