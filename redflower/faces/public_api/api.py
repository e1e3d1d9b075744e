"""The API: its operations, how it reads and writes, how it refuses."""

from ninja import NinjaAPI

from redflower.faces.public_api.codec import Renderer, StrictParser
from redflower.faces.public_api.problems import add_handlers
from redflower.faces.public_api.routers import charities, festivals, gifts, projects, totals
from redflower.kernel.text import N_

api = NinjaAPI(
    title=N_("小红花开放接口"),
    version="1.0",
    description=N_("公开数据，不需要密钥；也可以在这里发起捐赠。没有任何人的个人信息。"),
    openapi_url=None,
    docs_url=None,
    urls_namespace="api-v1",
    renderer=Renderer(),
    parser=StrictParser(),
    openapi_extra={
        "tags": [
            {"name": "projects", "description": N_("项目")},
            {"name": "gifts", "description": N_("捐赠与捐赠人")},
            {"name": "festivals", "description": N_("公益节与开奖")},
            {"name": "charities", "description": N_("公益机构")},
            {"name": "totals", "description": N_("统计")},
        ]
    },
)
api.add_router("/projects", projects.router)
api.add_router("/gifts", gifts.router)
api.add_router("/donors", gifts.donors_router)
api.add_router("/festivals", festivals.router)
api.add_router("/charities", charities.router)
api.add_router("/totals", totals.router)
add_handlers(api)
