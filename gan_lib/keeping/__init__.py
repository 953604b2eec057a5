"""What is kept of a training: a trained pair, checkpoints, a folder, a training held in a hand.

`files` (written whole or not at all) < `fileformat` < `chosen` (of which recipe) < `checkpoints`;
`history`, `ownership` < `folder`; `snapshots` < `held`, `turns`, `kernel` < `session`. `portable`
is a generator for other programs.
"""
