"""What people are told to do first, in English and Chinese, by what an alert is about.

It follows the usual advice for an excursion (WHO, US CDC toolkit): take the vaccines out of use,
keep them cold, throw nothing away, ask. It is to be checked by a qualified person against the
official text.
"""

DO_FIRST: dict[str, tuple[str, str]] = {
    "hot": (
        (
            "Do first: keep the door shut and check the power. Use no vaccine from this unit"
            " until the pharmacist has decided. Throw nothing away."
        ),
        "请先：关紧箱门，检查电源。在药师作出决定前，不要使用该设备内的疫苗，也不要丢弃。",
    ),
    "cold": (
        (
            "Do first: use no vaccine from this unit; freezing cannot be undone. Check the"
            " thermostat and move the vaccines to a unit in range. Throw nothing away."
        ),
        "请先：停止使用该设备内的疫苗（冻结无法逆转），检查温控器，将疫苗移至温度正常的设备，不要丢弃。",
    ),
    "silence": (
        (
            "Do first: read the unit's own thermometer and write it down, then check the sensor's"
            " battery, power and network. Until it is heard again nobody watches this unit."
        ),
        "请先：人工查看并记录设备温度，再检查传感器的电池、电源和网络。恢复之前，该设备无人监测。",
    ),
    "fault": (
        (
            "Do first: read the unit's own thermometer and write it down, then check the probe"
            " and its cable. Until it measures again nobody watches this unit."
        ),
        "请先：人工查看并记录设备温度，再检查探头及其连接线。恢复之前，该设备无人监测。",
    ),
    "power": (
        (
            "Do first: keep all doors shut. Ask when the power comes back, read every unit's own"
            " thermometer and write it down. Move the vaccines into boxes before a unit leaves"
            " its range."
        ),
        "请先：关紧所有箱门，询问供电恢复时间，人工查看并记录各设备温度；在超温之前将疫苗转移至冷藏箱。",
    ),
    "test": (
        (
            "Do first: open the alert and acknowledge it, as you would a real one. This is a test;"
            " nothing is wrong with the unit."
        ),
        "请先：打开报警页面并确认，如同真实报警。这是一次测试，设备并无异常。",
    ),
    "door": ("Do first: shut the door of the unit.", "请先：关好箱门。"),
    "early": (
        (
            "Do first: look whether the door is shut and the unit cools. This is a warning before"
            " an excursion; no vaccine is held yet."
        ),
        "请先：查看箱门是否关好、设备是否在制冷。这是超温之前的提示，疫苗尚未暂停使用。",
    ),
    "forecast": (
        (
            "Do first: look whether the door is shut, the power is on and the unit cools. The unit"
            " is in its range yet; no vaccine is held."
        ),
        "请先：查看箱门是否关好、电源是否正常、设备是否在制冷。温度目前仍在范围内，疫苗尚未暂停使用。",
    ),
    "contents": (
        (
            "Do first: shut the door and see that the unit cools. Read a thermometer that stands"
            " among the vaccines and write it down; ask the pharmacist about those that are small"
            " or near the door. The air is measured, the vaccines are estimated; none is held."
        ),
        (
            "请先：关好箱门并确认设备在制冷；查看并记录疫苗旁温度计的读数，小包装及靠近箱门的疫苗请药师评估。"
            "探头测得的是空气温度，疫苗温度为估算值，疫苗尚未暂停使用。"
        ),
    ),
    "well": ("It is over. Nothing is left to do.", "已恢复，无需处理。"),
    "heard": (
        "It is heard again; the unit is watched as before.",
        "已恢复正常，设备重新处于监测之中。",
    ),
    "over": (
        "Do first: decide about the vaccines that were in this unit; they stay held until then.",
        "请先：对当时存放在该设备内的疫苗作出处置；处置前这些疫苗保持停用。",
    ),
}
