import { DownloadOutlined } from "@ant-design/icons";
import { useSuspenseQuery } from "@tanstack/react-query";
import { Alert, Empty } from "antd";
import { lazy, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "../../ui/Copyable";
import { sized } from "../sizes";
import { downloadAddress, type Place, pictureQuery, textQuery } from "./queries";
import { LARGEST_PICTURE, languageOf, pictureType } from "./shown";

const Code = lazy(() => import("../code/Code"));

/** One file, as far as a page can show it. */
export function Preview({ of, path }: { of: Place; path: string }) {
  const { t } = useTranslation();
  const type = pictureType(path);
  return (
    <>
      <div className="heading">
        <h2>{path}</h2>
        <CopyButton text={path} label={t("artifacts.files.copyPath")} />
        <a href={downloadAddress(of, path)} download>
          <DownloadOutlined aria-hidden /> {t("artifacts.files.download")}
        </a>
      </div>
      {type ? <Picture of={of} path={path} type={type} /> : <Text of={of} path={path} />}
    </>
  );
}

function Text({ of, path }: { of: Place; path: string }) {
  const { t } = useTranslation();
  const { data: shown } = useSuspenseQuery(textQuery(of, path));
  if (!shown) return <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t("artifacts.files.binary")} />;
  return (
    <>
      {!shown.is_whole && (
        <Alert
          type="info"
          showIcon
          title={t("artifacts.files.cut", { size: sized(shown.size) })}
          className="trouble"
        />
      )}
      <Code text={shown.text} language={languageOf(path)} label={path} />
      <p className="faint">
        {sized(shown.size)} · {shown.encoding}
      </p>
    </>
  );
}

function Picture({ of, path, type }: { of: Place; path: string; type: string }) {
  const { data: bytes } = useSuspenseQuery(pictureQuery(of, path, type));
  const { t } = useTranslation();
  const [address, setAddress] = useState("");
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    if (!bytes) return;
    const made = URL.createObjectURL(bytes);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [bytes]);
  if (!bytes)
    return (
      <Empty
        image={Empty.PRESENTED_IMAGE_SIMPLE}
        description={t("artifacts.files.large", { size: sized(LARGEST_PICTURE) })}
      />
    );
  if (broken) return <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t("artifacts.files.broken")} />;
  return (
    <figure className="picture">
      {address && <img src={address} alt={path} onError={() => setBroken(true)} />}
      <figcaption className="faint">{sized(bytes.size)}</figcaption>
    </figure>
  );
}
