import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Select, type SelectProps } from "antd";
import { useState } from "react";
import { api, ok } from "../api/client";

/** Chooses one of the projects that one is a member of, found as its name is typed. */
export function ProjectSelect(properties: SelectProps<string>) {
  const [search, setSearch] = useState("");
  const { data, isFetching } = useQuery({
    queryKey: ["projects", "choice", search],
    placeholderData: keepPreviousData,
    queryFn: () => ok(api.GET("/api/v1/projects", { params: { query: { search, mine: true, size: 20 } } })),
  });
  return (
    <Select
      allowClear
      loading={isFetching}
      showSearch={{ filterOption: false, onSearch: setSearch }}
      options={data?.items.map(({ name }) => ({ value: name, label: name })) ?? []}
      {...properties}
    />
  );
}
