import { Tag } from "../ui/Tag";

/** Tags to be read; nothing where there are none. */
export function TagList({ tags }: { tags: string[] }) {
  if (tags.length === 0) return null;
  return (
    <span className="tags inline">
      {tags.map((tag) => (
        <Tag key={tag} tone="info">
          {tag}
        </Tag>
      ))}
    </span>
  );
}
