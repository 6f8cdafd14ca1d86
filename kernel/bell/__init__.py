"""Bell: publish and subscribe signals that wake waiting tasks in this and in other processes.

`port.Bell` is what all import; `local` serves one process, `valkey` several. `listeners` waits for
a signal or for a time, whichever is first. Only the wiring imports `local` and `valkey`. Begin with
`port`.
"""
