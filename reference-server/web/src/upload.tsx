// Uploads files to the user's own folder, with progress and a stop button.

import { useRef, useState } from "preact/hooks";
import { Icon } from "./icons";
import { signed } from "./own";
import { refused } from "./requests";
import { say } from "./store";

/** Sends files. Uses XMLHttpRequest because `fetch` does not report the progress of an upload. */
function send(files: File[], onProgress: (sent: number) => void): { request: XMLHttpRequest; ended: Promise<number> } {
  const form = new FormData();
  files.forEach((file) => form.append("file", file));
  const request = new XMLHttpRequest();
  const ended = new Promise<number>((resolve, reject) => {
    request.upload.onprogress = (event) => onProgress(event.total > 0 ? event.loaded / event.total : 0);
    request.onload = () => {
      if (request.status !== 201) return reject(refused(request.status, request.responseText));
      resolve((JSON.parse(request.responseText) as { bytes: number }).bytes);
    };
    request.onerror = () => reject(new Error("the connection was lost, or the server closed it"));
    request.onabort = () => reject(new Error("it was stopped"));
  });
  request.open("POST", "/upload");
  for (const [name, value] of Object.entries(signed())) request.setRequestHeader(name, value);
  request.send(form);
  return { request, ended };
}

export function bytes(count: number): string {
  if (count < 1000) return `${count} bytes`;
  const units = ["kB", "MB", "GB"];
  let size = count / 1000;
  while (size >= 1000 && units.length > 1) {
    size /= 1000;
    units.shift();
  }
  return `${size.toFixed(size < 10 ? 1 : 0)} ${units[0]}`;
}

export function Upload() {
  const [sent, setSent] = useState<number>();
  const [words, setWords] = useState("");
  const [over, setOver] = useState(false);
  const going = useRef<XMLHttpRequest>();
  const input = useRef<HTMLInputElement>(null);
  const upload = async (list: FileList | null | undefined) => {
    const files = [...(list ?? [])];
    if (files.length === 0 || going.current) return;
    const names = files.length === 1 ? (files[0]?.name ?? "") : `${files.length} files`;
    setWords(names);
    setSent(0);
    const { request, ended } = send(files, setSent);
    going.current = request;
    try {
      say("success", `${names}: ${bytes(await ended)} uploaded`);
    } catch (error) {
      say("error", `${names}: not uploaded, ${(error as Error).message}`);
    } finally {
      going.current = undefined;
      setSent(undefined);
      if (input.current) input.current.value = "";
    }
  };
  return (
    <section class="panel" aria-labelledby="upload-title">
      <h2 id="upload-title">Upload files</h2>
      <div
        class={over ? "drop over" : "drop"}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          void upload(event.dataTransfer?.files);
        }}
      >
        <Icon name="upload" />
        <label for="files">Choose files, or drop them here</label>
        <input
          id="files"
          ref={input}
          type="file"
          multiple
          disabled={sent !== undefined}
          onChange={(event) => void upload(event.currentTarget.files)}
        />
      </div>
      {sent !== undefined && (
        <div class="bar">
          <p>
            {words} <span class="number">{Math.round(sent * 100)} %</span>
          </p>
          <progress max="1" value={sent} aria-label={`Upload of ${words}`} />
          <button type="button" class="small" onClick={() => going.current?.abort()}>
            <Icon name="stop" /> Stop the upload
          </button>
        </div>
      )}
      <p class="hint">Files go into your own folder, which no other user can see. At most 20 files at a time.</p>
    </section>
  );
}
