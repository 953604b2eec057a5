"""For each exercise three right answers, written in different ways."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from scipy.special import log_expit
from scipy.stats import entropy
from sklearn.metrics import roc_auc_score


def draw_in_rows(count):
    return torch.stack([torch.randn(64) for _ in range(count)])


def cut_by_split(order, size):
    return [batch for batch in order.split(size) if len(batch) == size]


def cut_by_view(order, size):
    whole = len(order) // size
    return order[: whole * size].view(whole, size)  # one tensor: its rows are the batches


def cut_by_loop(order, size):
    batches, batch = [], []
    for i in order.tolist():
        batch.append(i)
        if len(batch) == size:
            batches.append(torch.tensor(batch))
            batch = []
    return batches


def nearest_by_loop(x, means):
    def distance(one, k):
        return float((one - means[k]).square().sum())

    return torch.tensor(
        [min(range(len(means)), key=lambda k, one=one: distance(one, k)) for one in x]
    )


def nearest_by_product(x, means):
    x, means = x.flatten(1), means.flatten(1)
    return (means.square().sum(1) - 2 * x @ means.T).argmin(1)


def side_by_walking(side, kernel, stride, padding):
    return len(range(0, side + 2 * padding - kernel + 1, stride))


def parameters_by_loop(sizes):
    count = 0
    for i in range(len(sizes) - 1):
        count += sizes[i] * sizes[i + 1] + sizes[i + 1]
    return count


def parameters_by_torch(sizes):
    layers = [torch.nn.Linear(a, b) for a, b in zip(sizes, sizes[1:])]
    return sum(p.numel() for layer in layers for p in layer.parameters())


def cross_entropy_by_cases(logits, targets):
    return F.softplus(torch.where(targets == 1, -logits, logits)).mean()


def bce(logits, target):
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))


def discriminator_in_one_batch(real, fake):
    targets = torch.cat([torch.ones_like(real), torch.zeros_like(fake)])
    return F.binary_cross_entropy_with_logits(torch.cat([real, fake]), targets)


def update_d_in_one_batch(generator, discriminator, optimizer, x_real, z):
    with torch.no_grad():
        x_fake = generator(z)
    logits = discriminator(torch.cat([x_real, x_fake]))
    targets = torch.cat([torch.ones(len(x_real)), torch.zeros(len(z))])
    optimizer.zero_grad(set_to_none=False)
    F.binary_cross_entropy_with_logits(logits, targets).backward()
    optimizer.step()


def update_d_in_two_parts(generator, discriminator, optimizer, x_real, z):
    optimizer.zero_grad()
    (bce(discriminator(x_real), 1.0) / 2).backward()
    (bce(discriminator(generator(z).detach()), 0.0) / 2).backward()
    optimizer.step()
    return "whatever"


def update_d_by_hand(generator, discriminator, optimizer, x_real, z):
    for p in discriminator.parameters():
        p.grad = None
    x_fake = generator(z).detach().clone()
    loss = (
        F.softplus(-discriminator(x_real)).mean() + F.softplus(discriminator(x_fake)).mean()
    ) / 2
    gradients = torch.autograd.grad(loss, list(discriminator.parameters()))
    for p, g in zip(discriminator.parameters(), gradients):
        p.grad = g
    optimizer.step()


def update_g_plainly(generator, discriminator, optimizer_g, optimizer_d, z):
    loss = bce(discriminator(generator(z)), 1.0)
    optimizer_g.zero_grad()
    loss.backward()
    optimizer_g.step()
    return loss.item()


def update_g_tidily(generator, discriminator, optimizer_g, optimizer_d, z):
    optimizer_g.zero_grad()
    F.softplus(-discriminator(generator(z))).mean().backward()
    optimizer_g.step()
    optimizer_g.zero_grad()
    optimizer_d.zero_grad()


def update_g_only(generator, discriminator, optimizer_g, optimizer_d, z):
    optimizer_g.zero_grad()
    loss = -F.logsigmoid(discriminator(generator(z))).mean()
    loss.backward(inputs=list(generator.parameters()))
    optimizer_g.step()


def slerp_by_numpy(a, b, t):
    a, b = a.double().numpy(), b.double().numpy()
    omega = math.acos(np.dot(a, b) / np.linalg.norm(a) / np.linalg.norm(b))
    return (math.sin((1 - t) * omega) * a + math.sin(t * omega) * b) / math.sin(omega)


def slerp_by_cosine_similarity(a, b, t):
    omega = F.cosine_similarity(a, b, dim=0).arccos()
    weights = torch.stack([(1 - t) * omega, t * omega]).sin() / omega.sin()
    return weights[0] * a + weights[1] * b


def slerp_by_units(a, b, t):
    omega = torch.arccos(torch.sum(F.normalize(a, dim=0) * F.normalize(b, dim=0)))
    return a * torch.sin(omega - t * omega) / torch.sin(omega) + b * (t * omega).sin() / omega.sin()


def truncated_by_quantiles(count, most):
    normal = torch.distributions.Normal(0.0, 1.0)
    low, high = normal.cdf(torch.tensor([-most, most]))
    return normal.icdf(low + (high - low) * torch.rand(count, 64))


def truncated_by_torch(count, most):
    return torch.nn.init.trunc_normal_(torch.empty(count, 64), a=-most, b=most)


def truncated_by_where(count, most):
    z = torch.full((count, 64), torch.inf)
    for _ in range(100):
        z = torch.where(z.abs() > most, torch.randn(count, 64), z)
    return z


def join_by_loop(noise, digits):
    z = torch.zeros(len(noise), 74)
    z[:, :64] = noise
    for row, digit in enumerate(digits):
        z[row, 64 + digit] = 1
    return z


def in_order_by_loop(real, fake):
    return sum(r > f for r in real.tolist() for f in fake.tolist()) / len(real) / len(fake)


def in_order_by_sklearn(real, fake):
    return roc_auc_score([1] * len(real) + [0] * len(fake), torch.cat([real, fake]).numpy())


def reliability_by_loop(confidence, real, bins):
    shares = []
    for i in range(bins):
        inside = (confidence >= i / bins) & (confidence < (i + 1) / bins)
        shares.append(real[inside].float().mean())
    return torch.stack(shares)


def reliability_by_counts(confidence, real, bins):
    which = (confidence * bins).long()
    return which[real].bincount(minlength=bins) / which.bincount(minlength=bins)


def reliability_by_numpy(confidence, real, bins):
    which = np.digitize(confidence.numpy(), np.linspace(0, 1, bins + 1)[1:-1])
    return np.array([real.numpy()[which == i].mean() for i in range(bins)], dtype=np.float32)


def frechet_by_numpy(real, fake):
    real, fake = real.numpy(), fake.numpy()
    return (real.mean() - fake.mean()) ** 2 + (real.std(ddof=1) - fake.std(ddof=1)) ** 2


def covered_by_loop(distances, radius):
    return sum(bool(row.min() <= r) for row, r in zip(distances, radius)) / len(radius)


def score_by_loop(logits):
    p = torch.softmax(logits, dim=1)
    q = p.mean(dim=0)
    return math.exp(sum(float((row * (row / q).log()).sum()) for row in p) / len(p))


def score_by_entropies(logits):
    p = logits.softmax(1)
    entropy = torch.distributions.Categorical(p.mean(0)).entropy()
    return (entropy - torch.distributions.Categorical(p).entropy().mean()).exp()


def value_by_cross_entropy(real, fake):
    loss = F.binary_cross_entropy_with_logits
    return -loss(real, torch.ones_like(real)) - loss(fake, torch.zeros_like(fake))


def step_of_d_by_autograd(x_real, x_fake, w, rate):
    w = w.clone().requires_grad_()
    value_by_cross_entropy(x_real @ w, x_fake @ w).backward()
    return w.detach() + rate * w.grad


def step_of_d_by_optimizer(x_real, x_fake, w, rate):
    w = torch.nn.Parameter(w.clone())
    optimizer = torch.optim.SGD([w], lr=rate, maximize=True)
    (F.logsigmoid(x_real @ w).mean() + F.logsigmoid(-(x_fake @ w)).mean()).backward()
    optimizer.step()
    return w


def step_of_d_by_loop(x_real, x_fake, w, rate):
    slope = torch.zeros(2)
    for x in x_real:
        slope += x * torch.sigmoid(-(w @ x)) / len(x_real)
    for x in x_fake:
        slope -= x * torch.sigmoid(w @ x) / len(x_fake)
    return w + rate * slope


def step_of_g_by_autograd(x_fake, w, rate):
    x = x_fake.clone().requires_grad_()
    (-F.logsigmoid(x @ w)).sum().backward()
    return x.detach() - rate * x.grad


def turn_by_names(x, y, rate):
    new_y = y + rate * x
    new_x = x - rate * new_y
    return new_x, new_y


def mean_distance_by_loop(x):
    pairs = [(i, j) for i in range(len(x)) for j in range(i)]
    return sum(float((x[i] - x[j]).square().sum().sqrt()) for i, j in pairs) / len(pairs)


def moved_one_by_one(D, x, first, second):
    count = len(x)
    before = D(torch.cat([x, first]))
    after = D(torch.cat([x, second]))
    return sum(abs(float(before[i] - after[i])) for i in range(count)) / count


def diagnosis_by_cases(right, variety, gradient):
    if gradient > 0 and variety < 0.5 and right < 0.56:
        return "blind"
    if gradient > 0 and variety < 0.5:
        return "collapse"
    return "healthy" if gradient > 0 else "detached"


def diagnosis_by_match(right, variety, gradient):
    match (gradient == 0, variety < 0.5, right < 0.56):
        case (True, _, _):
            return "detached"
        case (_, True, True):
            return "blind"
        case (_, True, _):
            return "collapse"
    return "healthy"


def pairs_by_loop(real, fake):
    terms = [math.log1p(math.exp(f - r)) for r, f in zip(real.tolist(), fake.tolist())]
    back = [math.log1p(math.exp(r - f)) for r, f in zip(real.tolist(), fake.tolist())]
    return sum(terms) / len(terms), sum(back) / len(back)


def r1_one_by_one(D, x):
    total = 0.0
    for one in x.split(1):
        one = one.clone().requires_grad_(True)
        (slope,) = torch.autograd.grad(D(one).squeeze(), one, create_graph=True)
        total = total + slope.pow(2).sum() / 2
    return total / len(x)


def r1_by_jacobian(D, x):
    slopes = torch.func.vmap(torch.func.grad(lambda one: D(one[None]).squeeze()))(x)
    return (slopes**2).sum() / (2 * len(x))


def r1_by_norm(D, x):
    x.requires_grad_()
    slope = torch.autograd.grad(D(x), x, torch.ones(len(x)), create_graph=True)[0]
    return (slope.flatten(1).norm(dim=1) ** 2).mean() / 2


def equal_by_loop(modes):
    total, count = 0.0, len(modes)
    for mode in set(modes.tolist()):
        share = (modes == mode).sum().item() / count
        total += share * math.log(1000 * share)
    return total


def equal_by_numpy(modes):
    _, counts = np.unique(modes.numpy(), return_counts=True)
    return entropy(counts, np.full(len(counts), 1.0)) + math.log(1000 / len(counts))


def leaked_by_bytes(train, held_out):
    known = {image.numpy().tobytes() for image in train}
    return sum(image.numpy().tobytes() in known for image in held_out)


def leaked_by_loop(train, held_out):
    count = 0
    for image in held_out:
        if any(torch.equal(image, other) for other in train):
            count += 1
    return count


def hinge_by_relu(D, T, x_real, x_fake):
    real, fake = D(T(x_real)), D(T(x_fake))
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean(), -fake.mean()


def nearer_by_loop(x_fake, x_new, x_train):
    def nearest(image):
        return min(math.dist(image.flatten().tolist(), t.flatten().tolist()) for t in x_train)

    fake, new = [nearest(x) for x in x_fake], [nearest(x) for x in x_new]
    return sum(a < b for a in fake for b in new) / (len(fake) * len(new))


def nearer_by_numpy(x_fake, x_new, x_train):
    fake, new, train = (x.numpy().reshape(len(x), -1) for x in (x_fake, x_new, x_train))
    a, b = (np.linalg.norm(s[:, None] - train[None], axis=2).min(1) for s in (fake, new))
    return (a[:, None] < b[None]).mean()


RIGHT_WAYS = {
    "value": (
        lambda real, fake: real.sigmoid().log().mean() + (1 - fake.sigmoid()).log().mean(),
        value_by_cross_entropy,
        lambda real, fake: -F.softplus(-real).mean() - F.softplus(fake).mean(),
    ),
    "step_of_d": (step_of_d_by_autograd, step_of_d_by_optimizer, step_of_d_by_loop),
    "step_of_g": (
        step_of_g_by_autograd,
        lambda x, w, rate: x + rate * torch.outer(torch.sigmoid(-x @ w), w),
        lambda x, w, rate: torch.stack([p + rate * torch.sigmoid(-p @ w) * w for p in x]),
    ),
    "turn": (
        turn_by_names,
        lambda x, y, rate: [x - rate * (y + rate * x), y + rate * x],
        lambda x, y, rate: tuple(np.array([[1 - rate**2, -rate], [rate, 1]]) @ np.array([x, y])),
    ),
    "draw": (
        lambda count: torch.normal(0.0, 1.0, size=(count, 64)),
        draw_in_rows,
        lambda count: torch.from_numpy(np.random.default_rng(3).standard_normal((count, 64))),
    ),
    "scale": (
        lambda levels: (levels[:, None] / 255 - 0.5) / 0.5,
        lambda levels: (2 * levels.double() / 255 - 1).reshape(len(levels), 1, *levels.shape[1:]),
        lambda levels: torch.lerp(-torch.ones(()), torch.ones(()), levels.unsqueeze(1) / 255),
    ),
    "unscale": (
        lambda x: ((x + 1) * 127.5).round().to(torch.uint8),
        lambda x: (x * 127.5 + 127.5 + 0.5).floor().byte(),
        lambda x: np.rint((x.numpy() + 1) / 2 * 255).astype(np.uint8),
    ),
    "cut": (cut_by_split, cut_by_view, cut_by_loop),
    "nearest": (
        nearest_by_loop,
        nearest_by_product,
        lambda x, means: (x[:, None] - means).square().sum((2, 3, 4)).min(1).indices,
    ),
    "parameters": (
        parameters_by_loop,
        parameters_by_torch,
        lambda sizes: sum(map(lambda a, b: a * b + b, sizes[:-1], sizes[1:])),
    ),
    "side": (
        side_by_walking,
        lambda side, kernel, stride, padding: math.floor(
            (side + 2 * padding - (kernel - 1) - 1) / stride + 1
        ),
        lambda side, kernel, stride, padding: F.conv1d(
            torch.zeros(1, 1, side), torch.zeros(1, 1, kernel), stride=stride, padding=padding
        ).shape[2],
    ),
    "cross_entropy": (
        cross_entropy_by_cases,
        lambda logits, targets: (
            -(targets * F.logsigmoid(logits) + (1 - targets) * F.logsigmoid(-logits)).mean()
        ),
        lambda logits, targets: float(
            -log_expit(np.where(targets.numpy() == 1, logits, -logits)).mean()
        ),
    ),
    "loss_of_discriminator": (
        discriminator_in_one_batch,
        lambda real, fake: (bce(real, 1.0) + bce(fake, 0.0)) / 2,
        lambda real, fake: (
            -0.5 * real.sigmoid().log().mean() - 0.5 * (1 - fake.sigmoid()).log().mean()
        ),
    ),
    "loss_of_generator": (
        lambda fake: bce(fake, 1.0),
        lambda fake: -F.logsigmoid(fake).mean(),
        lambda fake: (1 + (-fake).exp()).log().sum() / len(fake),
    ),
    "hinge": (
        lambda real, fake: (1 - real).clamp(min=0).mean() + (1 + fake).clamp(min=0).mean(),
        lambda real, fake: torch.stack([F.relu(1 - real), F.relu(1 + fake)]).mean(1).sum(),
        lambda real, fake: (
            -torch.minimum(real - 1, torch.zeros(())).mean()
            - torch.minimum(-fake - 1, torch.zeros(())).mean()
        ),
    ),
    "update_discriminator": (update_d_in_one_batch, update_d_in_two_parts, update_d_by_hand),
    "update_generator": (update_g_plainly, update_g_tidily, update_g_only),
    "average": (
        lambda averaged, new, decay: averaged + (1 - decay) * (new - averaged),
        lambda averaged, new, decay: torch.lerp(new, averaged, decay),
        lambda averaged, new, decay: averaged.mul_(decay).add_(new, alpha=1 - decay),
    ),
    "accuracy": (
        lambda real, fake: torch.cat([real > 0, fake < 0]).float().mean(),
        lambda real, fake: (
            ((real.sigmoid() > 0.5).sum() + (fake.sigmoid() < 0.5).sum()).item()
            / (len(real) + len(fake))
        ),
        lambda real, fake: 1 - (((real <= 0).sum() + (fake >= 0).sum()) / 2 / len(real)),
    ),
    "mean_confidence": (
        lambda logits: (1 / (1 + (-logits).exp())).mean(),
        lambda logits: sum(float(x.sigmoid()) for x in logits) / len(logits),
        lambda logits: F.sigmoid(logits).sum() / logits.numel(),
    ),
    "in_order": (
        in_order_by_loop,
        in_order_by_sklearn,
        lambda real, fake: (real[:, None] > fake[None, :]).double().mean(),
    ),
    "best_confidence": (
        lambda p, g: 1 / (1 + g / p),
        lambda p, g: (p.log() - g.log()).sigmoid(),
        lambda p, g: torch.stack([p, g]).log().softmax(0)[0],
    ),
    "reliability": (reliability_by_loop, reliability_by_counts, reliability_by_numpy),
    "keep": (
        lambda log_ratio: log_ratio.exp() / log_ratio.exp().max(),
        lambda log_ratio: (ratio := log_ratio.exp()) / ratio.amax(),
        lambda log_ratio: np.exp(log_ratio.numpy() - log_ratio.numpy().max()),
    ),
    "slerp": (slerp_by_numpy, slerp_by_cosine_similarity, slerp_by_units),
    "truncated": (truncated_by_quantiles, truncated_by_torch, truncated_by_where),
    "join": (
        join_by_loop,
        lambda noise, digits: torch.hstack([noise, torch.eye(10)[digits]]),
        lambda noise, digits: torch.cat([noise, (digits[:, None] == torch.arange(10)).float()], 1),
    ),
    "obeyed": (
        lambda logits, asked: (logits.argmax(dim=1) == asked).sum() / len(asked),
        lambda logits, asked: np.mean(logits.numpy().argmax(1) == asked.numpy()),
        lambda logits, asked: (
            sum(int(one.argmax()) == int(d) for one, d in zip(logits, asked)) / len(asked)
        ),
    ),
    "frechet_1d": (
        frechet_by_numpy,
        lambda real, fake: (
            (real.mean() - fake.mean()).square() + (real.var().sqrt() - fake.var().sqrt()).square()
        ),
        lambda real, fake: (
            (real.mean() - fake.mean()) ** 2
            + real.var()
            + fake.var()
            - 2 * (real.var() * fake.var()).sqrt()
        ),
    ),
    "spreads_off": (
        lambda values, floors: (
            (values.mean() - floors.mean()) / (values.std() ** 2 + floors.std() ** 2) ** 0.5
        ),
        lambda values, floors: (
            (values.mean() - floors.mean()).item() / math.hypot(values.std(), floors.std())
        ),
        lambda values, floors: (
            (values.mean() - floors.mean()) / torch.stack([values.std(), floors.std()]).norm()
        ),
    ),
    "covered": (
        covered_by_loop,
        lambda distances, radius: (distances.amin(1) <= radius).float().mean(),
        lambda distances, radius: ((distances <= radius.unsqueeze(1)).sum(1) > 0).double().mean(),
    ),
    "score": (
        score_by_loop,
        score_by_entropies,
        lambda logits: F.kl_div(
            (p := logits.softmax(1)).mean(0).log().expand_as(p), p, reduction="batchmean"
        ).exp(),
    ),
    "mean_distance": (
        mean_distance_by_loop,
        lambda x: torch.pdist(x.flatten(1)).mean(),
        lambda x: (x[:, None] - x[None]).flatten(2).norm(dim=2).sum() / (len(x) ** 2 - len(x)),
    ),
    "moved_by_neighbours": (
        moved_one_by_one,
        lambda D, x, first, second: F.l1_loss(
            D(torch.cat([x, first]))[: len(x)], D(torch.cat([x, second]))[: len(x)]
        ),
        lambda D, x, first, second: np.abs(
            np.subtract(*(D(torch.cat([x, o])).numpy()[: len(x)] for o in (first, second)))
        ).mean(),
    ),
    "diagnosis": (
        diagnosis_by_cases,
        diagnosis_by_match,
        lambda right, variety, gradient: (
            ("detached" if not gradient else "healthy")
            if variety >= 0.5 or not gradient
            else ("blind", "collapse")[right >= 0.56]
        ),
    ),
    "losses_of_pairs": (
        pairs_by_loop,
        lambda real, fake: (F.softplus(fake - real).mean(), F.softplus(real - fake).mean()),
        lambda real, fake: tuple(
            F.binary_cross_entropy_with_logits(gap, torch.ones_like(gap))
            for gap in (real - fake, fake - real)
        ),
    ),
    "r1_penalty": (r1_one_by_one, r1_by_jacobian, r1_by_norm),
    "from_equal_shares": (
        equal_by_loop,
        equal_by_numpy,
        lambda modes: (
            math.log(1000)
            - torch.distributions.Categorical(modes.bincount(minlength=1000).float()).entropy()
        ),
    ),
    "leaked": (
        leaked_by_bytes,
        leaked_by_loop,
        lambda train, held_out: sum(
            (held_out[i] == train).flatten(1).all(1).any() for i in range(len(held_out))
        ),
    ),
    "losses_of_changed": (
        hinge_by_relu,
        lambda D, T, x, g: (
            torch.clamp(1 - D(T(x)), min=0).mean()
            + torch.clamp(1 + D(T(g.detach())), min=0).mean(),
            -D(T(g)).mean(),
        ),
        lambda D, T, x, g: [
            (F.relu(1 - D(T(x))).sum() + F.relu(1 + D(T(g))).sum()) / len(x),
            D(T(g)).mean().neg(),
        ],
    ),
    "nearer_than_new": (
        nearer_by_loop,
        nearer_by_numpy,
        lambda x_fake, x_new, x_train: (
            (
                torch.cdist(x_fake.flatten(1), x_train.flatten(1)).amin(1)[:, None]
                < torch.cdist(x_new.flatten(1), x_train.flatten(1)).amin(1)[None]
            )
            .float()
            .mean()
        ),
    ),
}
