import { DeleteOutlined } from "@ant-design/icons";
import { type NodeViewProps, NodeViewWrapper } from "@tiptap/react";
import { Button, Input } from "antd";
import { useTranslation } from "react-i18next";
import { textOf } from "../panels/spec";

/** A picture that is written about. */
export function ImageView({ node, selected, updateAttributes, deleteNode }: NodeViewProps) {
  const { t } = useTranslation();
  const alt = textOf(node.attrs.alt);
  return (
    <NodeViewWrapper className={selected ? "report-image chosen" : "report-image"} data-drag-handle>
      <img src={textOf(node.attrs.source)} alt={alt} />
      <div className="image-acts" contentEditable={false}>
        <Input
          size="small"
          value={alt}
          maxLength={1000}
          aria-label={t("reports.alt")}
          placeholder={t("reports.alt")}
          onChange={({ target }) => updateAttributes({ alt: target.value })}
        />
        <Button
          type="text"
          size="small"
          icon={<DeleteOutlined aria-hidden />}
          aria-label={t("reports.removeImage")}
          title={t("reports.removeImage")}
          onClick={deleteNode}
        />
      </div>
    </NodeViewWrapper>
  );
}
