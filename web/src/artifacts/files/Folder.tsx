import { FileOutlined, FolderOpenOutlined, FolderOutlined } from "@ant-design/icons";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useList } from "../../api/lists";
import { Scene } from "../../shell/Scene";
import { More } from "../../ui/More";
import { sized } from "../sizes";
import { type Entry, folderQuery, type Place } from "./queries";

interface Props {
  of: Place;
  path: string;
  chosen: string;
  choose: (path: string) => void;
}

/** What lies in one folder; the folders in it are looked into when they are opened. */
export function Folder({ of, path, chosen, choose }: Props) {
  const { t } = useTranslation();
  const { found, items, total } = useList(folderQuery(of, path));
  if (items.length === 0) return <p className="faint">{t("artifacts.files.none")}</p>;
  return (
    <>
      <ul>
        {items.map((entry) =>
          entry.is_folder ? (
            <Branch key={entry.path} of={of} entry={entry} chosen={chosen} choose={choose} />
          ) : (
            <li key={entry.path}>
              <button
                type="button"
                aria-current={entry.path === chosen ? "true" : undefined}
                onClick={() => choose(entry.path)}
              >
                <FileOutlined aria-hidden />
                <span className="name">{entry.name}</span>
                <span className="faint">{sized(entry.size)}</span>
              </button>
            </li>
          ),
        )}
      </ul>
      {found.hasNextPage && <More shown={items.length} total={total} found={found} />}
    </>
  );
}

function Branch({ of, entry, chosen, choose }: Omit<Props, "path"> & { entry: Entry }) {
  // The way to the file that the address names is open from the beginning.
  const [open, setOpen] = useState(chosen.startsWith(`${entry.path}/`));
  const Icon = open ? FolderOpenOutlined : FolderOutlined;
  return (
    <li>
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon aria-hidden />
        <span className="name">{entry.name}</span>
        <span className="faint">{sized(entry.size)}</span>
      </button>
      {open && (
        <Scene>
          <Folder of={of} path={entry.path} chosen={chosen} choose={choose} />
        </Scene>
      )}
    </li>
  );
}
