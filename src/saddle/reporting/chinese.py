"""The tables of README.zh-CN.md: those of README.md, cell by cell in Chinese.

Names of metrics, settings and variants stay as they are. A test holds that nothing else is left in English.
"""

import re

# Whole cells.
CELLS = {
    "real points": "真实点",
    "real training images": "真实训练图像",
    "MLP with dropout": "带 dropout 的 MLP",
    "Compact GAN": "紧凑 GAN",
    "never": "从未",
    "none": "无",
    "nothing stands out": "无显著变化",
    "direction": "方向",
    "report": "报告",
    "statement": "报告的说法",
    "holds": "是否成立",
    "yes": "成立",
    "no": "不成立",
    "undecided": "无法判定",
    "depends on where fit begins": "取决于从何处算拟合",
    "depends on how many must be digits": "取决于要求多大比例是数字",
    "judged by": "依据",
    "R3 states": "R3 的说法",
    "measured on R3's generator": "在 R3 的生成器上测得",
    "measured on R3's generator (its film: five faces, no p)": "在 R3 的生成器上测得（其影片：五张人脸，无 p 值）",
    "measured on the DCGAN of faces": "在人脸 DCGAN 上测得",
    "gender": "性别",
    "viewing angle": "视角",
    "hair": "头发",
    "age": "年龄",
    # R1
    "WGAN converges more slowly than the GAN": "WGAN 收敛得比 GAN 慢",
    "WGAN-GP converges faster than WGAN": "WGAN-GP 收敛得比 WGAN 快",
    "the same as its code ran it: WGAN without any constraint against WGAN": (
        "同上，按其代码的实际运行：无任何约束的 WGAN 与 WGAN 相比"
    ),
    # R2
    "D(x) falls from 0.99 to about 0.70, D(G(z)) rises from 0.04 to about 0.30": (
        "D(x) 从 0.99 降到约 0.70，D(G(z)) 从 0.04 升到约 0.30"
    ),
    # R3
    "GAN fits already by about 50 epochs and stays": "GAN 约 50 轮时已经拟合，之后保持稳定",
    "WGAN fits by some tens of epochs": "WGAN 几十轮即可拟合",
    "WGAN-GP needs about 200 epochs to fit": "WGAN-GP 约需 200 轮才能拟合",
    "WGAN-GP needs longer than the other two": "WGAN-GP 比另外两者需要更久",
    "WGAN-GP ends with the finest cloud: the thinnest strokes": "WGAN-GP 最终的点云最精细：笔画最细",
    "WGAN-GP ends with the densest cloud": "WGAN-GP 最终的点云最密集",
    "SGD hardly moves from start to end": "SGD 自始至终几乎没有进展",
    "Adam swings strongly and is unstable": "Adam 振荡剧烈，不稳定",
    "RMSprop is best for all three": "RMSprop 对三者都最好",
    # R4
    "DCGAN shows rough digits from the second epoch": "DCGAN 从第二轮起就能看出数字的大致形状",
    "the original GAN needs more than 50 epochs before digits show": "原始 GAN 要 50 轮以上才能看出数字",
    "DCGAN is ahead of the original GAN after equally many epochs": "训练轮数相同时，DCGAN 优于原始 GAN",
}
# Parts of a cell: figures with words about them, and what was measured of faces.
PARTS = (
    (r"(\d+) of (\d+) epochs", r"\2 轮中的前 \1 轮"),
    (r"1 run each", "各 1 次运行"),
    (r"1 run", "1 次运行"),
    (r"(\d+) seeds", r"\1 个种子"),
    (r"(\d+) epochs", r"\1 轮"),
    (r"([\d,]+) steps", r"\1 步"),
    (r"identity changes", "身份改变"),
    (r"apparent age", "表观年龄"),
    (r"apparent woman", "看似女性"),
    (r"hair warmth", "发色暖度"),
    (r"background", "背景亮度"),
    (r"brightness", "亮度"),
    (r"mouth", "张嘴"),
    (r"smile", "微笑"),
    (r"turn", "转头"),
    (r"nod", "低头"),
    (r" years", " 岁"),
    (r", ", "，"),
)


def in_chinese(table: str) -> str:
    """A table in Markdown with its cells in Chinese; what is not known stays as it is."""
    return "\n".join(
        "|".join(f" {_cell(part.strip())} " if part else part for part in line.split("|"))
        for line in table.splitlines()
    )


def _cell(text: str) -> str:
    lines = []
    for line in text.split("<br>"):
        known = CELLS.get(line, line)
        for pattern, chinese in PARTS:
            known = re.sub(pattern, chinese, known)
        lines.append(known)
    return "<br>".join(lines)
