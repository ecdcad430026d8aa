// A caller of the generated client: pictures, every kind of question, a failure.
import createClient from "openapi-fetch";
import type { components as caption } from "./caption_service.js";
import type { components as drml } from "./drml_service.js";
import type { components, paths } from "./gateway.js";

declare const process: { argv: string[] };

// What the views reply is typed too.
type Near = drml["schemas"]["Neighbor"];
type Said = caption["schemas"]["TextNeighbor"];
export const distance = (one: Near): number => one.distance;
export const similarity = (one: Said): number => one.similarity;
// @ts-expect-error A view of looks knows no sentence.
export const sentence = (one: Near): string => one.caption;

const client = createClient<paths>({ baseUrl: process.argv[2] ?? "" });
// @ts-expect-error An id is a text.
export const mistaken = () => client.POST("/divergent", { body: { image_id: 3 } });
// @ts-expect-error No such parameter.
export const unheard = () => client.POST("/divergent", { params: { query: { many: 3 } }, body: {} });
// @ts-expect-error No such call.
export const nowhere = () => client.GET("/nowhere");

const words = (result: components["schemas"]["Result"]): string[] => result.explanation?.only_in_result ?? [];

const kept = { params: { path: { image_id: "animals/fish/coraltrout" } } };
const entry = await client.GET("/images/{image_id}", kept);
const picture = await client.GET("/images/{image_id}/content", { ...kept, parseAs: "blob" });
if (!picture.data || !entry.data) throw new Error("the picture is gone");

const stored = await client.PUT("/images/{image_id}", {
  params: { path: { image_id: "typescript/trout" }, query: { wait: true } },
  body: { image: picture.data, caption: ["A trout once more."], metadata: { class: "mine" } },
  bodySerializer: () => {
    const form = new FormData();
    form.append("image", picture.data, "trout.png");
    form.append("caption", "A trout once more.");
    form.append("metadata", JSON.stringify({ class: "mine" }));
    return form;
  },
});
const byPicture = await client.POST("/similar", {
  params: { query: { n: 2, near_duplicates: "keep" } },
  headers: { "Content-Type": entry.data.media_type },
  body: picture.data,
  bodySerializer: (body) => body,
});
const byId = await client.POST("/divergent", {
  params: { query: { n: 2, views: "drml,caption" } },
  body: { image_id: "animals/fish/coraltrout", exclude: ["food/fruit/pear"], filter: { class: ["food/fruit", "food/vegetables"] } },
});
if (!byId.data) throw new Error(byId.error.detail);
const history = await client.POST("/similar", {
  body: { history: [{ image_id: "animals/fish/coraltrout", weight: 0.5 }, { image_id: "food/vegetables/corn" }] },
});
if (!history.data) throw new Error(history.error.detail);
const missing = await client.POST("/divergent", { body: { image_id: "not-there" } });
if (missing.data) throw new Error("there is no such picture");

console.log(
  JSON.stringify({
    captions: entry.data.captions,
    stored: stored.response.status,
    similar: byPicture.data?.results.map((result) => result.image_id),
    divergent: byId.data.results.map((result) => result.image_id),
    percentile: byId.data.results[0]?.views.drml?.percentile,
    words: byId.data.results.flatMap(words),
    history: history.data.results.length,
    missing: [missing.error.status, missing.error.type],
  }),
);
