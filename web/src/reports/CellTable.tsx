import type { Cells } from "./cells";

/** Rows with their pictures, all of them. */
export function CellTable({ heads, rows }: Cells) {
  return (
    <table>
      <thead>
        <tr>
          {heads.map((head, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two columns may be called the same
            <th key={place}>{head}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows stay where they are
          <tr key={place}>
            {row.map((cell, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: see above
              <td key={at}>{typeof cell === "string" ? cell : <img src={cell.address} alt={cell.name} />}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
