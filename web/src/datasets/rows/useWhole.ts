import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import type { Whole } from "../../media/Prose";
import { type Key, keyText, type Of, rowQuery } from "./queries";

/** How a text comes whole that is cut where many rows are shown; nothing for one that is whole already. */
export function useWhole(
  version: Of,
): (row: { key: Key; cut: readonly string[] }, column: string) => { whole?: Whole } {
  const asking = useQueryClient();
  return useCallback(
    (row, column) => {
      if (!row.cut.includes(column)) return {};
      const whole = async (): Promise<{ text: string; cut: boolean }> => {
        const { values } = await asking.fetchQuery(rowQuery(version, keyText(row.key)));
        return { text: String(values[column]), cut: false };
      };
      return { whole };
    },
    [asking, version],
  );
}
