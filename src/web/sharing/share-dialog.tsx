import { useEffect, useState } from 'preact/hooks';
import { Modal } from '../shell/modal.tsx';
import type { ShareProps } from './share-form.tsx';

type Form = (props: ShareProps) => ReturnType<typeof Modal>;

/** The dialog for links, which is loaded when it is opened: most visits do without it. */
export function ShareDialog(props: ShareProps) {
  const [form, setForm] = useState<{ Form: Form } | null>(null);
  const [isMissing, setMissing] = useState(false);
  useEffect(() => {
    import('./share-form.tsx').then(
      ({ ShareForm }) => setForm({ Form: ShareForm }),
      () => setMissing(true),
    );
  }, []);
  if (form) return <form.Form {...props} />;
  if (!isMissing) return null;
  return (
    <Modal title={`Share this ${props.of.kind}`} onClose={props.onClose}>
      {(close) => (
        <>
          <p>This part of the page could not be loaded. Try again when the server can be reached.</p>
          <div class="actions">
            <button type="button" onClick={close}>
              Close
            </button>
          </div>
        </>
      )}
    </Modal>
  );
}
