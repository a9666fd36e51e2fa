import {
  BorderTopOutlined,
  DeleteColumnOutlined,
  DeleteOutlined,
  DeleteRowOutlined,
  InsertRowAboveOutlined,
  InsertRowBelowOutlined,
  InsertRowLeftOutlined,
  InsertRowRightOutlined,
} from "@ant-design/icons";
import type { Editor } from "@tiptap/react";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { actOnTable, TABLE_ACTS, type TableAct } from "./tables";

const ICONS = {
  rowAbove: InsertRowAboveOutlined,
  rowBelow: InsertRowBelowOutlined,
  columnLeft: InsertRowLeftOutlined,
  columnRight: InsertRowRightOutlined,
  removeRow: DeleteRowOutlined,
  removeColumn: DeleteColumnOutlined,
  headerRow: BorderTopOutlined,
  removeTable: DeleteOutlined,
} satisfies Record<TableAct, unknown>;

/** What can be done to the table where the cursor is. */
export function TableTools({ editor }: { editor: Editor }) {
  const { t } = useTranslation();
  return TABLE_ACTS.map((act) => {
    const Icon = ICONS[act];
    const word = t(`reports.table.${act}`);
    return (
      <Button
        key={act}
        type="text"
        size="small"
        icon={<Icon aria-hidden />}
        aria-label={word}
        title={word}
        onClick={() => actOnTable(editor, act)}
      />
    );
  });
}
