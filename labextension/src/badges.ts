import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';

import { movedWords, seenIn, seenText } from './superseded';
import type { IMoved, ISeen } from './superseded';

type Cell = NotebookPanel['content']['widgets'][number];

const CLASS = 'tl-Superseded';

/** What the badges ask of the rest. */
export interface IBadgeServices {
  /** What became of the versions, each as `REF=COMMIT`. */
  newer(seen: readonly string[]): Promise<readonly IMoved[]>;
  /** Show what changed from one version to another. */
  differ(before: string, after: string): void;
}

/** Marks on the cells of a notebook whose results are of versions that their refs do not stand for any more. */
export class Badges {
  constructor(
    private readonly services: IBadgeServices,
    private readonly trans: TranslationBundle
  ) {}

  /** Look at a notebook's outputs, ask once for all of them, and mark the cells; a notebook of none asks nothing. */
  async mark(panel: NotebookPanel): Promise<void> {
    const seen = new Map(panel.content.widgets.map(cell => [cell, seenOf(cell)]));
    const texts = [...new Set([...seen.values()].flat().map(seenText))];
    const found = texts.length > 0 ? await this.services.newer(texts) : [];
    const moved = new Map(found.filter(one => one.newer).map(one => [seenText(one), one]));
    for (const [cell, refs] of seen) {
      const own = refs.flatMap(one => moved.get(seenText(one)) ?? []);
      cell.node.querySelectorAll(`.${CLASS}`).forEach(node => node.remove());
      own.forEach(one => cell.node.append(this.badge(one)));
    }
  }

  private badge(moved: IMoved): HTMLElement {
    const node = document.createElement('div');
    node.className = CLASS;
    node.setAttribute('role', 'note');
    const words = document.createElement('span');
    words.textContent = `! ${movedWords(moved, this.trans)}`;
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'jp-mod-styled';
    button.textContent = this.trans.__('What changed');
    button.addEventListener('click', () =>
      this.services.differ(`${moved.repo}@${moved.commit.slice(0, 12)}`, moved.asked)
    );
    node.append(words, button);
    return node;
  }
}

function seenOf(cell: Cell): readonly ISeen[] {
  // Only a cell of code has outputs; to read their metadata alone copies no picture.
  const { outputs } = cell.model as { outputs?: { length: number; get(at: number): { metadata: unknown } } };
  return Array.from({ length: outputs?.length ?? 0 }, (_, at) => seenIn(outputs?.get(at).metadata)).flat();
}
