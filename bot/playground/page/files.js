// Files on messages, and reading what a person picks to upload.

import { h } from "./vdom.js";

export function files(message) {
  if (!message.files?.length) return null;
  return h("div", { class: "files", key: "files" }, message.files.map(fileItem));
}

function fileItem(file) {
  if (/^image\/(png|jpe?g|gif|webp)$/.test(file.mimetype ?? "")) {
    return h(
      "figure",
      { class: "file-image", key: file.id },
      h(
        "a",
        { href: file.url, target: "_blank", rel: "noopener" },
        h("img", { src: file.url, alt: file.alt_txt || file.title || file.name, loading: "lazy" }),
      ),
      h("figcaption", { class: "muted" }, file.title || file.name),
    );
  }
  return fileCard(file.url, file.title || file.name, file.size, file.id);
}

export const fileCard = (url, name, size, key = url) =>
  h(
    "a",
    { class: "file-card", href: url, download: name, key },
    h("span", { "aria-hidden": "true" }, "📄"),
    h("span", null, h("strong", null, name), h("small", { class: "muted" }, readableSize(size))),
  );

export function readableSize(bytes) {
  if (!bytes) return "";
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1024
    ? `${Math.round(bytes / 1024)} kB`
    : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** {name, mimetype, content_base64} of a picked file. */
export function readFile(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onerror = () => reject(new Error(`${file.name} could not be read.`));
    reader.onload = () =>
      resolve({
        name: file.name,
        mimetype: file.type || "application/octet-stream",
        content_base64: reader.result.slice(reader.result.indexOf(",") + 1),
      });
    reader.readAsDataURL(file);
  });
}
