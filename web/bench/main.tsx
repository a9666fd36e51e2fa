import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { ConfigProvider, theme } from "antd";
import { useMemo, useState } from "react";
import { createRoot } from "react-dom/client";
import { Grid, type GridColumn, type SortBy } from "../src/grid";
import { begin, bring } from "../src/i18n";
import "../src/shell/house.css";

// A grid of as many rows and columns as the address says, to see how quick it is.
const asked = new URLSearchParams(location.search);
const [total, many] = [Number(asked.get("rows")), Number(asked.get("columns"))];

interface Row {
  id: number;
}

function App() {
  theme.useToken();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [sort, setSort] = useState<SortBy[]>([]);
  const down = sort[0]?.descending === true;
  const rows = useMemo(
    () => ({ total, at: (index: number) => ({ id: down ? total - 1 - index : index }), want: () => {} }),
    [down],
  );
  const columns = useMemo(
    () =>
      Array.from(
        { length: many },
        (_, place): GridColumn<Row> => ({
          key: `c${place}`,
          title: `metric ${place}`,
          width: 110,
          align: "right",
          pinned: place === 0,
          sortable: true,
          render: ({ id }) => <span>{place === 0 ? id : ((id * 31 + place * 17) % 1000) / 1000}</span>,
        }),
      ),
    [],
  );
  return (
    <main className="content">
      <Grid
        label="Grid"
        columns={columns}
        rows={rows}
        sort={sort}
        onSort={setSort}
        selected={selected}
        onSelect={setSelected}
      />
    </main>
  );
}

await begin();
await bring("grid");
const root = document.getElementById("root");
if (root)
  createRoot(root).render(
    <QueryClientProvider client={new QueryClient()}>
      <ConfigProvider theme={{ cssVar: { key: "starwhale" } }}>
        <div className="house starwhale">
          <App />
        </div>
      </ConfigProvider>
    </QueryClientProvider>,
  );
