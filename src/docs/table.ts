import { type Html, markup, type Part } from './html';

/**
 * A table, whose rows become blocks on a narrow screen. It names the roles of its parts, since some browsers take them away
 * from what is displayed as a block.
 *
 * @param rows the cells of each row, in the order of the columns
 */
export function table(
  columns: readonly Part[],
  rows: readonly (readonly Part[])[],
  className?: string,
): Html {
  return markup`<table role="table" ${className !== undefined && markup`class="${className}"`}>
    <thead role="rowgroup">
      <tr role="row">
        ${columns.map((column) => markup`<th role="columnheader" scope="col">${column}</th>`)}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${rows.map(
        (cells) =>
          markup`<tr role="row">
            ${cells.map((cell) => markup`<td role="cell">${cell}</td>`)}
          </tr>`,
      )}
    </tbody>
  </table>`;
}
