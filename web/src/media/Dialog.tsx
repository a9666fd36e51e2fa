import { Modal } from "antd";
import type { ReactNode } from "react";

interface Props {
  title: string;
  close: () => void;
  wide?: boolean;
  children: ReactNode;
}

/** A value in full, over the page. */
export default function Dialog({ title, close, wide = false, children }: Props) {
  return (
    <Modal
      open
      centered
      destroyOnHidden
      footer={null}
      title={<span className="media-title">{title}</span>}
      width={wide ? "min(1400px, 96vw)" : "min(900px, 96vw)"}
      onCancel={(event) => {
        event.stopPropagation();
        close();
      }}
      className="media-dialog"
    >
      {/* biome-ignore lint/a11y: what happens in a dialog is no business of the row that it came from */}
      <div onClick={stop} onDoubleClick={stop} onKeyDown={keep}>
        {children}
      </div>
    </Modal>
  );
}

function stop(event: { stopPropagation: () => void }): void {
  event.stopPropagation();
}

function keep(event: React.KeyboardEvent): void {
  // Escape closes the dialog, and Tab stays within it.
  if (event.key !== "Escape" && event.key !== "Tab") event.stopPropagation();
}
