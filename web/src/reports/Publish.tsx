import { ShareAltOutlined } from "@ant-design/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Command } from "../ui/Copyable";
import { Tag } from "../ui/Tag";
import { Trouble } from "../ui/Trouble";
import { publishReport, type Revised, reportQuery, withdrawReport } from "./queries";

interface Props {
  project: string;
  number: number;
  published: boolean;
}

/** Has everybody read a report who has its link, until that is taken back. */
export function Publish({ project, number, published }: Props) {
  const { t } = useTranslation();
  const asking = useQueryClient();
  const [open, setOpen] = useState(false);
  const told = (now: boolean): void => {
    asking.setQueryData<Revised>(reportQuery(project, number).queryKey, (found) =>
      found ? { ...found, value: { ...found.value, published: now } } : found,
    );
    void asking.invalidateQueries({ queryKey: ["reports", project, "list"] });
  };
  const publishing = useMutation({
    mutationFn: () => publishReport(project, number),
    onSuccess: () => told(true),
  });
  const withdrawing = useMutation({
    mutationFn: () => withdrawReport(project, number),
    onSuccess: () => {
      told(false);
      publishing.reset();
    },
  });
  const secret = publishing.data?.secret;
  return (
    <>
      {published && <Tag tone="good">{t("reports.published")}</Tag>}
      <Button icon={<ShareAltOutlined aria-hidden />} onClick={() => setOpen(true)}>
        {t("reports.share")}
      </Button>
      <Modal open={open} title={t("reports.share")} footer={null} onCancel={() => setOpen(false)}>
        <p>{t(published ? "reports.isPublic" : "reports.isPrivate")}</p>
        {secret && (
          <>
            <Command text={`${location.origin}/reports/${secret}`} label={t("reports.copyLink")} />
            <p className="faint">{t("reports.linkOnce")}</p>
          </>
        )}
        <Trouble error={publishing.error ?? withdrawing.error} />
        <div className="buttons">
          <Button
            type={published ? "default" : "primary"}
            loading={publishing.isPending}
            onClick={() => publishing.mutate()}
          >
            {t(published ? "reports.newLink" : "reports.publish")}
          </Button>
          {published && (
            <Button danger loading={withdrawing.isPending} onClick={() => withdrawing.mutate()}>
              {t("reports.withdraw")}
            </Button>
          )}
        </div>
      </Modal>
    </>
  );
}
