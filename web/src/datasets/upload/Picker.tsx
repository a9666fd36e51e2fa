import { FolderOpenOutlined, InboxOutlined } from "@ant-design/icons";
import { Alert, Button } from "antd";
import { type ChangeEvent, type DragEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { sized } from "../../artifacts/sizes";
import { chosen, dropped, sizeOf } from "./files";
import type { Packed } from "./tar";

const SHOWN = 5;
// React knows no such attribute.
const FOLDER = { webkitdirectory: "" };

interface Props {
  files: Packed[];
  take: (files: Packed[]) => void;
  clear: () => void;
  /** How many files of a folder are found so far, while it is gone through. */
  found: number | undefined;
  setFound: (files: number | undefined) => void;
}

/** Where files and folders are dropped or chosen. */
export function Picker({ files, take, clear, found, setFound }: Props) {
  const { t, i18n } = useTranslation();
  const [over, setOver] = useState(false);
  const [unread, setUnread] = useState<string[]>([]);
  const one = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const walking = found !== undefined;
  const choose = ({ target }: ChangeEvent<HTMLInputElement>): void => {
    setUnread([]);
    take(chosen(target.files ?? []));
    target.value = "";
  };
  const drop = async (event: DragEvent): Promise<void> => {
    event.preventDefault();
    setOver(false);
    if (walking) return;
    setUnread([]);
    setFound(0);
    const all = await dropped(event.dataTransfer, setFound);
    setFound(undefined);
    setUnread(all.unread);
    take(all.files);
  };
  const forget = (): void => {
    setUnread([]);
    clear();
  };
  const number = new Intl.NumberFormat(i18n.language);
  return (
    <section
      className={over ? "picker over" : "picker"}
      aria-label={t("datasets.upload.files")}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <InboxOutlined aria-hidden className="sign" />
      <p>{t("datasets.upload.drop")}</p>
      <p className="faint">{t("datasets.upload.kinds")}</p>
      <div className="buttons">
        <Button disabled={walking} onClick={() => one.current?.click()}>
          {t("datasets.upload.chooseFiles")}
        </Button>
        <Button
          disabled={walking}
          icon={<FolderOpenOutlined aria-hidden />}
          onClick={() => folder.current?.click()}
        >
          {t("datasets.upload.chooseFolder")}
        </Button>
      </div>
      <input
        ref={one}
        type="file"
        multiple
        hidden
        aria-label={t("datasets.upload.chooseFiles")}
        onChange={choose}
      />
      <input
        ref={folder}
        type="file"
        hidden
        {...FOLDER}
        aria-label={t("datasets.upload.chooseFolder")}
        onChange={choose}
      />
      {walking && <p role="status">{t("datasets.upload.walking", { files: number.format(found) })}</p>}
      {unread.length > 0 && (
        <Alert
          type="warning"
          showIcon
          role="alert"
          title={t("datasets.upload.unread", { files: number.format(unread.length) })}
          description={unread.slice(0, SHOWN).join(", ")}
        />
      )}
      {files.length > 0 && (
        <div className="taken" role="status">
          <strong>
            {t("datasets.upload.taken", { files: number.format(files.length), size: sized(sizeOf(files)) })}
          </strong>
          <Button type="link" size="small" disabled={walking} onClick={forget}>
            {t("datasets.upload.clear")}
          </Button>
          <ul>
            {files.slice(0, SHOWN).map(({ path, file }) => (
              <li key={path}>
                <code>{path}</code> <span className="faint">{sized(file.size)}</span>
              </li>
            ))}
            {files.length > SHOWN && (
              <li className="faint">
                {t("datasets.upload.others", { files: number.format(files.length - SHOWN) })}
              </li>
            )}
          </ul>
        </div>
      )}
    </section>
  );
}
