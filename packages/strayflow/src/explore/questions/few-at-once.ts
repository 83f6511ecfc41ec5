/** What `work` makes of the items, in their order; so many of them under way at any time. */
export async function fewAtOnce<Item, Made>(
  items: readonly Item[],
  most: number,
  work: (item: Item) => Promise<Made>,
): Promise<Made[]> {
  const made: Made[] = [];
  const left = items.entries();
  const lanes = Array.from({ length: most }, async () => {
    for (const [index, item] of left) made[index] = await work(item);
  });
  await Promise.all(lanes);
  return made;
}
