import { submitOnce } from './submit-once.js'

const form = document.getElementById('spawn_form')
if (form) submitOnce(form)
