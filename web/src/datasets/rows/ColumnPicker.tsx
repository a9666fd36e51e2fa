import { ProfileOutlined } from "@ant-design/icons";
import { Button, Checkbox, Input, Popover } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

const MANY = 12;

interface Props {
  columns: Record<string, string>;
  hidden: string[];
  change: (hidden: string[]) => void;
}

/** Which columns are shown. */
export function ColumnPicker({ columns, hidden, change }: Props) {
  const { t } = useTranslation();
  const names = Object.keys(columns);
  const shown = names.filter((name) => !hidden.includes(name)).length;
  return (
    <Popover
      classNames={{ root: "rowpop" }}
      trigger="click"
      placement="bottomRight"
      destroyOnHidden
      content={<Picker names={names} columns={columns} hidden={hidden} change={change} />}
    >
      <Button icon={<ProfileOutlined aria-hidden />}>
        {t("rows.columns")}
        {shown < names.length && (
          <span className="faint">{t("rows.columnsShown", { shown, all: names.length })}</span>
        )}
      </Button>
    </Popover>
  );
}

function Picker({ names, columns, hidden: told, change: tell }: Props & { names: string[] }) {
  const { t } = useTranslation();
  // The page takes a moment to draw itself anew; a box that is ticked is ticked at once.
  const [hidden, setHidden] = useState(told);
  const change = (next: string[]): void => {
    setHidden(next);
    tell(next);
  };
  const [search, setSearch] = useState("");
  const found = names.filter((name) => name.toLowerCase().includes(search.trim().toLowerCase()));
  return (
    <div className="rowpicker">
      {names.length > MANY && (
        <Input
          type="search"
          allowClear
          value={search}
          aria-label={t("rows.findColumn")}
          placeholder={t("rows.findColumn")}
          onChange={({ target }) => setSearch(target.value)}
        />
      )}
      <ul>
        {found.slice(0, 200).map((name) => (
          <li key={name}>
            <Checkbox
              checked={!hidden.includes(name)}
              onChange={({ target }) =>
                change(target.checked ? hidden.filter((each) => each !== name) : [...hidden, name])
              }
            >
              {name} <span className="rowtype">{columns[name]}</span>
            </Checkbox>
          </li>
        ))}
      </ul>
      <div className="media-tools">
        <Button size="small" onClick={() => change([])} disabled={!hidden.length}>
          {t("rows.showAll")}
        </Button>
        <Button size="small" onClick={() => change(names)} disabled={hidden.length >= names.length}>
          {t("rows.hideAll")}
        </Button>
      </div>
    </div>
  );
}
