import {
  type Column,
  createColumnHelper,
  flexRender,
  getCoreRowModel,
  getExpandedRowModel,
  type SortingState,
  useReactTable,
} from '@tanstack/react-table'
import { Fragment, useMemo } from 'react'
import { Chips, State } from '../components/small.js'
import { Time } from '../components/time.js'
import { t } from '../messages.js'
import { Details } from './details.js'
import { ServerActions } from './server-actions.js'
import { optionsInWords } from './options.js'
import type { ServerRow } from './server-rows.js'

const column = createColumnHelper<ServerRow>()

/** Columns that are sorted carry the name that the REST API has for them. */
const columns = [
  column.display({ id: 'expander', header: () => <span className="visually-hidden">{t('Details')}</span> }),
  column.display({
    id: 'name',
    header: () => t('User'),
    enableSorting: true,
    cell: ({ row }) => <User row={row.original} />,
  }),
  column.display({
    id: 'admin',
    header: () => t('Roles and groups'),
    cell: ({ row }) => <Belongs row={row.original} />,
  }),
  column.display({ id: 'servers', header: () => t('Server'), cell: ({ row }) => <Server row={row.original} /> }),
  column.display({
    id: 'last_activity',
    header: () => t('Last activity'),
    cell: ({ row: { original } }) => (
      <Time at={original.server?.last_activity ?? (original.isFirst ? original.user.last_activity : null)} />
    ),
  }),
  column.display({ id: 'started', header: () => t('Started'), cell: ({ row }) => <Started row={row.original} /> }),
  column.display({ id: 'created', header: () => t('Created'), cell: ({ row }) => <Created row={row.original} /> }),
  column.display({
    id: 'actions',
    header: () => <span className="visually-hidden">{t('Actions')}</span>,
    cell: ({ row }) => <ServerActions row={row.original} />,
  }),
]

const sortable = new Set(['name', 'admin', 'servers', 'last_activity', 'started', 'created'])

interface UserTableProps {
  readonly rows: readonly ServerRow[]
  /** As the REST API has it: `name`, `-name`; empty: by age. */
  readonly sort: string
  readonly onSort: (sort: string) => void
  readonly isStale: boolean
}

export function UserTable({ rows, sort, onSort, isStale }: UserTableProps) {
  const sorting = useMemo<SortingState>(
    () => (sort === '' ? [] : [{ id: sort.replace(/^-/, ''), desc: sort.startsWith('-') }]),
    [sort],
  )
  const table = useReactTable({
    data: rows as ServerRow[], // it does not change them
    columns,
    state: { sorting },
    manualSorting: true,
    getRowId: (row) => row.id,
    getCoreRowModel: getCoreRowModel(),
    getExpandedRowModel: getExpandedRowModel(),
    getRowCanExpand: () => true,
  })
  return (
    <div className="table-scroll" aria-busy={isStale}>
      <table className="table panel-table panel-user-table">
        <caption className="visually-hidden">{t('Users and their servers')}</caption>
        <thead>
          <tr>
            {table.getFlatHeaders().map((header) => (
              <th key={header.id} scope="col" aria-sort={ariaSort(header.column, sort)}>
                {sortable.has(header.column.id) ? (
                  <button type="button" className="panel-sort" onClick={() => onSort(nextSort(header.column.id, sort))}>
                    {flexRender(header.column.columnDef.header, header.getContext())}
                    <span aria-hidden="true" className="panel-arrow">
                      {arrow(header.column.id, sort)}
                    </span>
                  </button>
                ) : (
                  flexRender(header.column.columnDef.header, header.getContext())
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.getRowModel().rows.map((row) => {
            const isOpen = row.getIsExpanded()
            return (
              <Fragment key={row.id}>
                <tr className={row.original.isFirst ? 'panel-first' : 'panel-more'}>
                  {row.getVisibleCells().map((cell) => (
                    <td key={cell.id} className={`panel-col-${cell.column.id}`} data-label={phoneLabel(cell.column.id)}>
                      {cell.column.id === 'expander' ? (
                        <button
                          type="button"
                          className="btn btn-icon btn-sm"
                          aria-expanded={isOpen}
                          aria-label={t('Details of {name}', { name: row.id })}
                          onClick={() => row.toggleExpanded()}
                        >
                          <span className="panel-chevron" aria-hidden="true" />
                        </button>
                      ) : (
                        flexRender(cell.column.columnDef.cell, cell.getContext())
                      )}
                    </td>
                  ))}
                </tr>
                {isOpen && (
                  <tr className="panel-details">
                    <td colSpan={columns.length}>
                      <Details row={row.original} />
                    </td>
                  </tr>
                )}
              </Fragment>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

/** Where the table is a list of cards, these columns lose their heading. */
function phoneLabel(id: string): string | undefined {
  return id === 'last_activity' ? t('Last activity') : id === 'started' ? t('Started') : undefined
}

/** Up, down, and back to how the hub has them. */
function nextSort(id: string, sort: string): string {
  if (sort === id) return `-${id}`
  return sort === `-${id}` ? '' : id
}

const arrow = (id: string, sort: string): string => (sort === id ? '▲' : sort === `-${id}` ? '▼' : '↕')

function ariaSort({ id }: Column<ServerRow>, sort: string): 'ascending' | 'descending' | undefined {
  return sort === id ? 'ascending' : sort === `-${id}` ? 'descending' : undefined
}

function User({ row }: { readonly row: ServerRow }) {
  if (!row.isFirst) return <span className="visually-hidden">{row.userName}</span>
  return <strong className="panel-name">{row.userName}</strong>
}

function Belongs({ row }: { readonly row: ServerRow }) {
  if (!row.isFirst) return null
  return (
    <>
      <Chips names={row.user.roles?.filter((role) => role !== 'user')} label={t('Roles')} />
      <Chips names={row.user.groups} label={t('Groups')} />
    </>
  )
}

function Server({ row: { server, serverName } }: { readonly row: ServerRow }) {
  const name = serverName === '' ? null : <span className="panel-server">{server?.display_name ?? serverName} </span>
  const options = optionsInWords(server?.user_options)
  return (
    <>
      {name}
      {server?.ready === true ? (
        <State kind="on">{t('running')}</State>
      ) : server?.pending ? (
        <State kind="busy">{t(pendingWords[server.pending])}</State>
      ) : (
        <State kind="off">{t('stopped')}</State>
      )}
      {options !== '' && (
        <span className="panel-options" title={options}>
          <span className="visually-hidden">{t('Options')}: </span>
          {options}
        </span>
      )}
    </>
  )
}

const pendingWords = { spawn: 'starting', stop: 'stopping', check: 'being checked', rename: 'being renamed' } as const

const Started = ({ row: { server } }: { readonly row: ServerRow }) =>
  typeof server?.started !== 'string' ? <span className="text-muted">–</span> : <Time at={server.started} />

const Created = ({ row: { user, isFirst } }: { readonly row: ServerRow }) =>
  isFirst && user.created !== undefined ? <Time at={user.created} /> : null
