import { askAhead } from './api/connection.js'
import { endpoints } from './api/endpoints.js'
import { pageFacts } from './api/page-facts.js'
import { loadMessages } from './messages.js'
import './panel.css'
import { usersCall, viewInAddress } from './users/user-view.js'

// The little that runs first: what the panel is going to show is asked for while the rest of it is read.
const view = viewInAddress(window.location.hash)
askAhead(endpoints.whoami, {})
if (view !== undefined) askAhead(endpoints.listUsers, usersCall(view))

const [{ showPanel }] = await Promise.all([import('./main.js'), loadMessages(pageFacts().lang)])
showPanel()
