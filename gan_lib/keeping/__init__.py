"""What is kept of a training: a trained pair, checkpoints, a folder, a training held in a hand.

`files` (written whole or not at all) < `fileformat` < `checkpoints`; `history`, `ownership` <
`folder`; `snapshots` < `held`, `turns`, `kernel` < `session`.
"""
