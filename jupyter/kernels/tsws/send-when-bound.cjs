// On a busy machine the first request comes while the kernel still binds its other sockets, and zeromq refuses to send on
// such a one: the answer waits until it is bound.
const zeromq = require('zeromq');

for (const { prototype } of [zeromq.Publisher, zeromq.Router]) {
  const { bind, send } = prototype;
  const binding = new WeakMap();
  // Defined, not assigned: what these two inherit can't be written to.
  Object.defineProperty(prototype, 'bind', {
    /** @param {string} address */
    value: function (address) {
      const bound = bind.call(this, address).finally(() => binding.delete(this));
      binding.set(this, bound);
      return bound;
    },
  });
  Object.defineProperty(prototype, 'send', {
    /** @param {import('zeromq').MessageLike | import('zeromq').MessageLike[]} message */
    value: function (message) {
      const bound = binding.get(this);
      return bound ? bound.then(() => send.call(this, message)) : send.call(this, message);
    },
  });
}
