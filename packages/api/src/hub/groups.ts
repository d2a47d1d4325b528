import { z } from 'zod'
import { defineEndpoint } from './define-endpoint.js'
import { groupModel } from './models.js'
import { paged, pageQuery } from './pagination.js'
import { jsonObject, nameList, optionalBody } from './request-bodies.js'

const tag = 'groups'
const onGroup = { filter: 'group', tag } as const
const unknownGroup = 'No such group'

/** A group model in a request: only these keys, each with its type. */
const groupRequest = z.strictObject({ name: z.string(), users: nameList, roles: nameList }).partial()

const membersRequest = groupRequest.required({ users: true })

export const listGroups = defineEndpoint({
  name: 'listGroups',
  method: 'GET',
  path: '/groups',
  scopes: ['list:groups'],
  postFilter: true,
  query: pageQuery,
  replies: { 200: paged(z.array(groupModel)) },
  errors: { 400: 'A query argument is not understood' },
  tag,
  summary: 'List groups',
})

// Scripts are known to send an object, of which the keys count.
const groupNames = z.preprocess(
  (value) => (typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : value),
  nameList.min(1),
)

export const createGroups = defineEndpoint({
  name: 'createGroups',
  method: 'POST',
  path: '/groups',
  scopes: ['admin:groups'],
  body: groupRequest.extend({
    groups: groupNames,
    users: nameList.optional().meta({ description: 'Members of each of the new groups.' }),
  }),
  replies: { 201: z.array(groupModel) },
  errors: { 400: 'No names, or an unknown user', 409: 'A group exists' },
  tag,
  summary: 'Create several groups',
})

export const getGroup = defineEndpoint({
  ...onGroup,
  name: 'getGroup',
  method: 'GET',
  path: '/groups/:group',
  scopes: ['read:groups', 'read:groups:name', 'read:roles:groups'],
  replies: { 200: groupModel },
  errors: { 404: unknownGroup },
  summary: 'A group',
})

export const createGroup = defineEndpoint({
  ...onGroup,
  name: 'createGroup',
  method: 'POST',
  path: '/groups/:group',
  scopes: ['admin:groups'],
  body: optionalBody(groupRequest),
  replies: { 201: groupModel },
  errors: { 400: 'The model is not valid or names an unknown user', 409: 'The group exists' },
  summary: 'Create a group',
})

export const deleteGroup = defineEndpoint({
  ...onGroup,
  name: 'deleteGroup',
  method: 'DELETE',
  path: '/groups/:group',
  scopes: ['delete:groups'],
  replies: { 204: null },
  errors: { 404: unknownGroup },
  summary: 'Delete a group',
})

export const addGroupUsers = defineEndpoint({
  ...onGroup,
  name: 'addGroupUsers',
  method: 'POST',
  path: '/groups/:group/users',
  scopes: ['groups'],
  body: membersRequest,
  replies: { 200: groupModel },
  errors: { 400: '`users` is missing or names an unknown user', 404: unknownGroup },
  summary: 'Add members to a group',
})

export const removeGroupUsers = defineEndpoint({
  ...onGroup,
  name: 'removeGroupUsers',
  method: 'DELETE',
  path: '/groups/:group/users',
  scopes: ['groups'],
  body: membersRequest,
  replies: { 200: groupModel },
  errors: { 400: '`users` is missing or names an unknown user', 404: unknownGroup },
  summary: 'Remove members from a group',
})

export const setGroupProperties = defineEndpoint({
  ...onGroup,
  name: 'setGroupProperties',
  method: 'PUT',
  path: '/groups/:group/properties',
  scopes: ['groups'],
  body: jsonObject,
  replies: { 200: groupModel },
  errors: { 400: 'The body is not an object', 404: unknownGroup },
  summary: 'Replace the properties of a group',
})
